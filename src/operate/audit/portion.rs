//! Which objects are read again: a part of all, the same one each time for the same seed.

use std::str::FromStr;

use twox_hash::XxHash3_64;

/// A part of the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portion {
    /// So many of a million, spread by chance.
    PerMillion(u64),
    /// So many, spread by chance.
    Objects(u64),
    /// One of some parts of about the same size, which together are all.
    Share {
        /// Which, from 1 on.
        number: u64,
        /// Of how many.
        of: u64,
    },
}

impl Portion {
    /// Those of `keys` that are meant, in their order.
    #[must_use]
    pub fn choose<'k>(self, keys: &[&'k str], seed: u64) -> Vec<&'k str> {
        let chance = |key: &str| XxHash3_64::oneshot_with_seed(seed, key.as_bytes());
        match self {
            Self::PerMillion(part) => {
                let limit = u128::from(part) * (1 << 64) / 1_000_000;
                keys.iter().copied().filter(|key| u128::from(chance(key)) < limit).collect()
            }
            Self::Share { number, of } => {
                let meant = |key: &&str| chance(key) % of.max(1) + 1 == number;
                keys.iter().copied().filter(meant).collect()
            }
            Self::Objects(count) => {
                let mut by_chance: Vec<_> = keys.iter().map(|key| (chance(key), *key)).collect();
                by_chance.sort_unstable();
                by_chance.truncate(usize::try_from(count).unwrap_or(usize::MAX));
                let mut chosen: Vec<&str> = by_chance.into_iter().map(|(_, key)| key).collect();
                chosen.sort_unstable();
                chosen
            }
        }
    }
}

impl FromStr for Portion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let part = if let Some(percent) = text.strip_suffix('%') {
            let percent = percent.parse().ok();
            percent.filter(|percent| (0.0001..=100.0).contains(percent)).map(per_million)
        } else if let Some((number, of)) = text.split_once('/') {
            let share = number.parse().ok().zip(of.parse().ok());
            let share = share.filter(|(number, of)| (1..=*of).contains(number));
            share.map(|(number, of)| Self::Share { number, of })
        } else {
            text.parse().ok().filter(|count| *count > 0).map(Self::Objects)
        };
        part.ok_or_else(|| "want 1% (a part), 3/7 (the third of seven) or 100 (objects)".to_owned())
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 1,000,000")]
fn per_million(percent: f64) -> Portion {
    Portion::PerMillion((percent * 10_000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_people_write_them() {
        for (text, part) in [
            ("1%", Portion::PerMillion(10_000)),
            ("0.5%", Portion::PerMillion(5_000)),
            ("100%", Portion::PerMillion(1_000_000)),
            ("3/7", Portion::Share { number: 3, of: 7 }),
            ("50", Portion::Objects(50)),
        ] {
            assert_eq!(text.parse(), Ok(part), "{text}");
        }
        for text in ["", "%", "0%", "101%", "-1%", "NaN%", "0/7", "8/7", "1/0", "0", "-1", "all"] {
            assert!(text.parse::<Portion>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_is_the_same_each_time_and_another_for_another_seed() {
        let keys: Vec<String> = (0..20_000).map(|number| format!("logs/{number:016X}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        for (part, least, most) in [
            (Portion::PerMillion(10_000), 150, 250),
            (Portion::Objects(200), 200, 200),
            (Portion::Share { number: 1, of: 100 }, 150, 250),
        ] {
            let chosen = part.choose(&keys, 1);
            assert!((least..=most).contains(&chosen.len()), "{part:?}: {}", chosen.len());
            assert!(chosen.is_sorted(), "{part:?}");
            assert_eq!(part.choose(&keys, 1), chosen);
            assert_ne!(part.choose(&keys, 2), chosen);
            // Spread over all of them.
            assert!(chosen[0] < keys[2_000] && chosen[chosen.len() - 1] > keys[18_000], "{part:?}");
        }
        assert_eq!(Portion::PerMillion(1_000_000).choose(&keys, 1), keys);
        assert_eq!(Portion::Objects(30_000).choose(&keys, 1), keys);
        let of_seven = |number| Portion::Share { number, of: 7 }.choose(&keys, 1);
        let mut all: Vec<&str> = (1..=7).flat_map(of_seven).collect();
        all.sort_unstable();
        assert_eq!(all, keys, "together they are all, and none is in two");
    }
}
