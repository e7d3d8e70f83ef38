//! The three fields whose text clients control: request-URI, referer and user agent.
//!
//! S3 does not escape quotes in them, so they are found by what stands around them: a run of status
//! and counters behind the request-URI, and the last quote of the line. Inside those borders the
//! text may say what it likes. Every place that could end the request-URI is tried with all that
//! must stand behind it; the leftmost that fits is taken, and a second that fits is an anomaly. What
//! S3 wrote always fits, so a wrong reading is never without its anomaly.

use nom::Err;

use super::grammar::{Counters, Cursor, counters, dash};
use super::tail::{TAIL_FIELDS, is_full_tail};
use super::{Anomalies, Anomaly, Reason};

/// Fields 9 to 17.
pub(super) struct FreeText<'m, 'l> {
    /// The three texts are without their quotes.
    pub(super) request_uri: &'l [u8],
    pub(super) counters: Counters<'l>,
    pub(super) referer: &'l [u8],
    pub(super) user_agent: &'l [u8],
    /// Quotes that stand around the three.
    pub(super) quotes: usize,
    /// Where field 18 begins.
    pub(super) tail: Cursor<'m, 'l>,
}

/// Reads fields 9 to 17. `from_client` says whether the operation is one that clients ask for.
pub(super) fn free_text<'m, 'l>(
    cursor: Cursor<'m, 'l>,
    quotes: &'m [u32],
    from_client: bool,
    anomalies: &mut Anomalies,
) -> Result<FreeText<'m, 'l>, Reason> {
    if let Some(text) = ordinary(cursor, quotes) {
        return Ok(text);
    }
    let ends = Ends::find(cursor.line, quotes);
    if cursor.byte() != Some(b'"') {
        let (after_dash, uri) = dash(cursor).map_err(|error| match error {
            Err::Error(Reason::Truncated) => Reason::Truncated,
            _ => Reason::BadRequestUri,
        })?;
        let (at_client, counters) = counters(after_dash).map_err(reason)?;
        let shape = ends.shape(at_client).or_else(|| bare(at_client));
        let shape = shape.ok_or_else(|| ends.failure(at_client))?;
        return Ok(ends.read(at_client, shape, uri, counters, anomalies));
    }
    let mut readings = Readings::new(cursor, ends);
    let (close, at_client, counters, shape) = match readings.next_fitting() {
        Some(reading) => reading,
        None => readings.bare.ok_or(readings.failure)?,
    };
    if from_client && (readings.bare.is_some() || readings.next_fitting().is_some()) {
        anomalies.insert(Anomaly::AmbiguousRequestUri);
    }
    let uri = cursor.since(cursor.at + 1, close);
    let mut text = ends.read(at_client, shape, uri, counters, anomalies);
    text.quotes += 2;
    Ok(text)
}

/// Most lines: three texts in quotes without quotes in them, and no other place that could end one of
/// them. `None` leaves it to the long way, which would read such a line in the same way.
fn ordinary<'m, 'l>(cursor: Cursor<'m, 'l>, quotes: &[u32]) -> Option<FreeText<'m, 'l>> {
    let &[uri, uri_end, referer, referer_end, agent, agent_end] = quotes.as_array()?;
    let at = |quote: u32| quote as usize;
    let in_place = at(uri) == cursor.at
        && agent == referer_end + 2
        && [at(uri_end), at(referer_end), at(agent_end)]
            .iter()
            .all(|end| cursor.line.get(end + 1) == Some(&b' '))
        && [at(referer), at(agent)].iter().all(|begin| cursor.line.get(begin + 1) != Some(&b' '));
    if !in_place {
        return None;
    }
    let (at_client, found) = counters(cursor.jump(at(uri_end) + 1).skip_spaces()).ok()?;
    let tail = at_client.jump_near_end::<{ TAIL_FIELDS - 1 }>(at(agent_end) + 1).skip_spaces();
    // Behind the user agent of a signed request a signature stands where counters have a number.
    let may_be_counters = matches!(tail.third_word(), Some(b'0'..=b'9' | b'-' | b' '));
    if at_client.at != at(referer) || (may_be_counters && counters(tail).is_ok()) {
        return None;
    }
    Some(FreeText {
        request_uri: cursor.since(at(uri) + 1, at(uri_end)),
        counters: found,
        referer: cursor.since(at(referer) + 1, at(referer_end)),
        user_agent: cursor.since(at(agent) + 1, at(agent_end)),
        quotes: 6,
        tail,
    })
}

/// The readings of a line, one for each quote that could end the request-URI.
struct Readings<'m, 'l> {
    /// Behind the last quote that was looked at closely.
    start: Cursor<'m, 'l>,
    ends: Ends<'m>,
    /// The quotes not looked at yet.
    rest: &'m [u32],
    /// What to say when nothing fits.
    failure: Reason,
    /// Where two dashes stand behind counters, though something in quotes follows them: it fits
    /// only if S3 comes to quote a trailing field.
    bare: Option<Reading<'m, 'l>>,
    /// Counters were found, but nothing fitted behind them.
    unfit: bool,
}

type Reading<'m, 'l> = (usize, Cursor<'m, 'l>, Counters<'l>, Shape<'m, 'l>);

impl<'m, 'l> Readings<'m, 'l> {
    fn new(start: Cursor<'m, 'l>, ends: Ends<'m>) -> Self {
        let rest = ends.after(start.at);
        Self { start, ends, rest, failure: Reason::Truncated, bare: None, unfit: false }
    }

    /// The next quote behind which counters, referer, user agent and unquoted fields stand.
    fn next_fitting(&mut self) -> Option<Reading<'m, 'l>> {
        while let Some((close, rest)) = self.rest.split_first() {
            self.rest = rest;
            let close = *close as usize;
            // Any other byte begins no status: most quotes need no closer look.
            let may_be = match self.start.line.get(close + 1..close + 3) {
                Some([b' ', next]) => matches!(next, b'0'..=b'9' | b'-' | b' '),
                _ => self.start.line.get(close + 1) == Some(&b' '),
            };
            if !may_be {
                let ends_field = self.start.line.get(close + 1) == Some(&b' ');
                if ends_field && !self.unfit {
                    self.failure = Reason::NoStatus;
                }
                continue;
            }
            self.start = self.start.jump(close + 1);
            match counters(self.start.skip_spaces()) {
                Ok((at_client, counters)) => {
                    if let Some(shape) = self.ends.shape(at_client) {
                        return Some((close, at_client, counters, shape));
                    }
                    if !self.unfit {
                        self.failure = self.ends.failure(at_client);
                        self.unfit = true;
                    }
                    if self.bare.is_none() {
                        self.bare =
                            bare(at_client).map(|shape| (close, at_client, counters, shape));
                    }
                }
                Err(error) if !self.unfit => self.failure = reason(error),
                Err(_) => {}
            }
        }
        None
    }
}

/// How referer and user agent are written.
#[derive(Clone, Copy)]
enum Shape<'m, 'l> {
    /// Both in quotes.
    Quoted,
    /// The user agent is a dash, behind which the tail begins.
    RefererQuoted(Cursor<'m, 'l>),
    /// The referer is a dash; the user agent's quote stands at this offset.
    AgentQuoted(usize),
    /// Two dashes, behind which the tail begins.
    Bare(Cursor<'m, 'l>),
}

/// Two dashes at `cursor`, whatever stands behind them.
fn bare<'m, 'l>(cursor: Cursor<'m, 'l>) -> Option<Shape<'m, 'l>> {
    let (cursor, _) = dash(cursor).ok()?;
    let (cursor, _) = dash(cursor).ok()?;
    Some(Shape::Bare(cursor))
}

/// The quotes of a line that bound what clients wrote.
#[derive(Clone, Copy)]
struct Ends<'m> {
    quotes: &'m [u32],
    /// The last quote that ends a field: a space or nothing follows it.
    last: Option<usize>,
    /// The first of the last two quotes before it with nothing but spaces between them: where
    /// referer and user agent may part.
    last_gap: Option<usize>,
}

impl<'m> Ends<'m> {
    fn find(line: &[u8], quotes: &'m [u32]) -> Self {
        let ends_field = |quote: &u32| matches!(line.get(*quote as usize + 1), None | Some(b' '));
        let last = quotes.iter().rposition(ends_field);
        Self::ending_at(line, quotes, last)
    }

    /// The same with the quote of this index as the last.
    fn ending_at(line: &[u8], quotes: &'m [u32], last: Option<usize>) -> Self {
        let before = quotes.get(..last.unwrap_or(0)).unwrap_or_default();
        let last_gap = before.array_windows().rev().find(|pair| is_gap(line, **pair));
        let last_gap = last_gap.map(|[quote, _]| *quote as usize);
        let last = last.and_then(|index| quotes.get(index)).map(|quote| *quote as usize);
        Self { quotes, last, last_gap }
    }

    /// The quotes behind `at`.
    fn after(&self, at: usize) -> &'m [u32] {
        let first = self.quotes.partition_point(|quote| (*quote as usize) <= at);
        self.quotes.get(first..).unwrap_or_default()
    }

    /// What stands at `cursor`, if it is a referer, a user agent that ends at the last quote, and
    /// fields without quotes.
    fn shape<'l>(&self, cursor: Cursor<'m, 'l>) -> Option<Shape<'m, 'l>> {
        let last = self.last.filter(|last| *last > cursor.at);
        if cursor.byte() == Some(b'"') {
            if self.last_gap.is_some_and(|gap| gap > cursor.at) {
                return Some(Shape::Quoted);
            }
            let (tail, _) = dash(cursor.jump(last? + 1).skip_spaces()).ok()?;
            return Some(Shape::RefererQuoted(tail));
        }
        let (agent, _) = dash(cursor).ok()?;
        match last {
            None => bare(cursor),
            Some(last) if agent.byte() == Some(b'"') && agent.at < last => {
                Some(Shape::AgentQuoted(agent.at))
            }
            Some(_) => None,
        }
    }

    /// Why [`Self::shape`] has nothing to say.
    fn failure(&self, cursor: Cursor<'_, '_>) -> Reason {
        let cut = match self.last.filter(|last| *last > cursor.at) {
            None => cursor.rest().contains(&b'"'),
            Some(_) if cursor.byte() == Some(b'"') => true,
            Some(_) => dash(cursor).is_ok_and(|(agent, _)| agent.byte() == Some(b'"')),
        };
        if cut { Reason::Truncated } else { Reason::BadRefererUserAgent }
    }

    /// Takes a reading apart.
    fn read<'l>(
        &self,
        cursor: Cursor<'m, 'l>,
        shape: Shape<'m, 'l>,
        request_uri: &'l [u8],
        counters: Counters<'l>,
        anomalies: &mut Anomalies,
    ) -> FreeText<'m, 'l> {
        let (ends, shape) = self.before_quoted_tail(cursor, shape, anomalies);
        let last = ends.last.unwrap_or(cursor.line.len());
        let behind_last = cursor.jump(last + 1).skip_spaces();
        let (referer, user_agent, quotes, tail) = match shape {
            Shape::Quoted => {
                let (end, start) = ends.seam(cursor, last, anomalies);
                let texts = (cursor.since(cursor.at + 1, end), cursor.since(start + 1, last));
                (texts.0, texts.1, 4, behind_last)
            }
            Shape::RefererQuoted(tail) => (cursor.since(cursor.at + 1, last), &b"-"[..], 2, tail),
            Shape::AgentQuoted(open) => (&b"-"[..], cursor.since(open + 1, last), 2, behind_last),
            Shape::Bare(tail) => (&b"-"[..], &b"-"[..], 0, tail),
        };
        FreeText { request_uri, counters, referer, user_agent, quotes, tail }
    }

    /// Looks for a full tail behind an earlier quote. It is a client's text, and odd; but where
    /// nothing stands behind the last quote, S3 may have quoted a trailing field, as it may come to
    /// do, and the user agent ends at the last such quote.
    fn before_quoted_tail<'l>(
        &self,
        cursor: Cursor<'m, 'l>,
        shape: Shape<'m, 'l>,
        anomalies: &mut Anomalies,
    ) -> (Self, Shape<'m, 'l>) {
        let Some(last) = self.last.filter(|last| *last > cursor.at) else { return (*self, shape) };
        if matches!(shape, Shape::Bare(_)) {
            return (*self, shape);
        }
        // Also the quote before a user agent may be the one, where the text begins with a space.
        let client = self.after(cursor.at);
        let first = self.quotes.len() - client.len();
        let is_tail = |quote: &u32| {
            let at = *quote as usize;
            at < last
                && cursor.line.get(at + 1) == Some(&b' ')
                && is_full_tail(cursor.jump(at + 1).skip_spaces())
        };
        let Some(found) = client.iter().rposition(is_tail) else { return (*self, shape) };
        anomalies.insert(Anomaly::AmbiguousRefererUserAgent);
        if !cursor.jump(last + 1).skip_spaces().rest().is_empty() {
            return (*self, shape);
        }
        let earlier = Self::ending_at(cursor.line, self.quotes, Some(first + found));
        earlier.shape(cursor).map_or((*self, shape), |shape| (earlier, shape))
    }

    /// Where referer and user agent part: offsets of the quotes that close the one and open the
    /// other. The first place with one space between them, since S3 writes one; a line that a tool
    /// rewrote may have more.
    fn seam(
        &self,
        cursor: Cursor<'_, '_>,
        last: usize,
        anomalies: &mut Anomalies,
    ) -> (usize, usize) {
        let pairs = self.after(cursor.at).array_windows().map(|[quote, next]| [*quote, *next]);
        let before_last = pairs.take_while(|[_, next]| (*next as usize) < last);
        let mut gaps = before_last.filter(|pair| is_gap(cursor.line, *pair));
        let first = gaps.next().unwrap_or_default();
        let mut seam = first;
        for gap in gaps {
            anomalies.insert(Anomaly::AmbiguousRefererUserAgent);
            if seam[1] - seam[0] > 2 && gap[1] - gap[0] == 2 {
                seam = gap;
            }
        }
        (seam[0] as usize, seam[1] as usize)
    }
}

/// Whether there is nothing but spaces between two quotes, and at least one.
fn is_gap(line: &[u8], [quote, next]: [u32; 2]) -> bool {
    let between = line.get(quote as usize + 1..next as usize).unwrap_or_default();
    !between.is_empty() && between.iter().all(|byte| *byte == b' ')
}

/// The reason that a parser gave.
#[expect(clippy::needless_pass_by_value, reason = "as it is given to map_err")]
pub(super) fn reason(error: Err<Reason>) -> Reason {
    match error {
        Err::Error(reason) | Err::Failure(reason) => reason,
        Err::Incomplete(_) => Reason::Truncated,
    }
}
