//! Numbers, bars and texts as people read them, in the room that there is.
//!
//! What it does not do: know how much room there is, or print.

/// A number with thousands separators.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size in the unit that fits.
#[must_use]
pub fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", count(bytes / unit), bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

/// A bar of eighths, `width` characters long for the largest value.
#[must_use]
pub fn bar(value: u64, largest: u64, width: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (value * width * 8).checked_div(largest).unwrap_or(0);
    // What is not nothing is seen.
    let eighths = eighths.max(u64::from(value > 0));
    let full = usize::try_from(eighths / 8).unwrap_or(0);
    let part = usize::try_from(eighths % 8).ok().and_then(|part| EIGHTHS.get(part));
    format!("{}{}", "█".repeat(full), part.copied().unwrap_or_default())
}

/// A text in lines of at most so many characters, broken between words where that can be done.
#[must_use]
pub fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() || line.chars().count() + 1 + word.chars().count() <= room {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
        // A path may be longer than a line.
        while let Some(line) = lines.last_mut()
            && let Some((at, _)) = line.char_indices().nth(room)
        {
            let rest = line.split_off(at);
            lines.push(rest);
        }
    }
    lines
}

/// A name of at most so many characters: its beginning and its end.
#[must_use]
pub fn shortened(name: &str, room: usize) -> String {
    let length = name.chars().count();
    if length <= room {
        return name.to_owned();
    }
    let (head, tail) = (room.saturating_sub(1) / 2, room.saturating_sub(1).div_ceil(2));
    let begin: String = name.chars().take(head).collect();
    let end: String = name.chars().skip(length - tail.min(length)).collect();
    format!("{begin}…{end}")
}
