//! The grammar of a line on `nom`, over a line whose delimiters are already known.
//!
//! A [`Cursor`] is the input: a place in the line and the spaces that come after it. The parsers
//! here know the parts that no client controls: the head up to the key, and the run of status and
//! counters that anchors everything behind the request-URI.

use nom::combinator::{opt, verify};
use nom::error::{ErrorKind, ParseError};
use nom::{Err, IResult, Parser};

use super::time::TIME_FIELD_BYTES;
use super::{Digits, Reason, RequestTime};

/// A place in a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'m, 'l> {
    pub(super) line: &'l [u8],
    /// Offset of the next byte to read.
    pub(super) at: usize,
    /// The spaces at or after `at`.
    spaces: &'m [u32],
}

pub(super) type Parsed<'m, 'l, T> = IResult<Cursor<'m, 'l>, T, Reason>;

impl<I> ParseError<I> for Reason {
    fn from_error_kind(_: I, _: ErrorKind) -> Self {
        Self::NoStatus
    }

    fn append(_: I, _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// Spaces that a jump looks at one by one before it searches.
const NEAR_SPACES: usize = 4;

impl<'m, 'l> Cursor<'m, 'l> {
    /// The start of a line; `spaces` are the offsets of all its spaces.
    pub(super) fn new(line: &'l [u8], spaces: &'m [u32]) -> Self {
        Self { line, at: 0, spaces }
    }

    /// The same line from `at`, which must not lie before this place.
    pub(super) fn jump(self, at: usize) -> Self {
        // Most jumps pass few spaces, but a hostile line has many.
        let before = |space: &u32| (*space as usize) < at;
        let near = self.spaces.iter().take(NEAR_SPACES).take_while(|space| before(space)).count();
        let mut spaces = self.spaces.get(near..).unwrap_or_default();
        if near == NEAR_SPACES {
            spaces = spaces.get(spaces.partition_point(before)..).unwrap_or_default();
        }
        Self { at, spaces, ..self }
    }

    /// The same line from a space, which must not lie before this place and is most likely the last but
    /// `MORE`.
    #[inline]
    pub(super) fn jump_near_end<const MORE: usize>(self, at: usize) -> Self {
        let near_end = self.spaces.len().checked_sub(MORE + 1);
        let spaces = near_end.and_then(|first| self.spaces.get(first..)).unwrap_or_default();
        match spaces.first() {
            Some(space) if *space as usize == at => Self { at, spaces, ..self },
            _ => self.jump(at),
        }
    }

    /// The next byte, spaces included.
    pub(super) fn byte(self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    /// The first byte of the third word from here, or a space where more than one parts the words.
    pub(super) fn third_word(self) -> Option<u8> {
        let (first, second) = (*self.spaces.first()?, *self.spaces.get(1)?);
        let behind = if second == first + 1 { first } else { second };
        self.line.get(behind as usize + 1).copied()
    }

    /// So many words, if one space stands behind each: nothing is searched then.
    #[inline]
    pub(super) fn single_spaced<const N: usize>(self) -> Option<(Self, [&'l [u8]; N])> {
        let (ends, spaces) = self.spaces.split_first_chunk::<N>()?;
        let mut words: [&[u8]; N] = [b""; N];
        let mut at = self.at;
        for (word, end) in words.iter_mut().zip(ends) {
            let end = *end as usize;
            *word = self.line.get(at..end).filter(|word| !word.is_empty())?;
            at = end + 1;
        }
        let more_spaces = spaces.first().is_some_and(|space| *space as usize == at);
        (!more_spaces).then_some((Self { at, spaces, ..self }, words))
    }

    /// Whether a space is to come.
    pub(super) fn is_last_word(self) -> bool {
        self.spaces.is_empty()
    }

    /// The line from `start` up to this place, without the space just passed.
    pub(super) fn since(self, start: usize, end: usize) -> &'l [u8] {
        self.line.get(start..end).unwrap_or_default()
    }

    /// What is left of the line.
    pub(super) fn rest(self) -> &'l [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }

    /// Past any spaces that stand here. S3 writes one, tools that rewrite logs write more.
    pub(super) fn skip_spaces(mut self) -> Self {
        while let Some((space, rest)) = self.spaces.split_first()
            && *space as usize == self.at
        {
            self.at += 1;
            self.spaces = rest;
        }
        self
    }
}

/// A run of bytes without a space, and past the spaces around it.
#[inline]
pub(super) fn token<'m, 'l>(cursor: Cursor<'m, 'l>) -> Parsed<'m, 'l, &'l [u8]> {
    let mut cursor = cursor;
    loop {
        let Some((space, rest)) = cursor.spaces.split_first() else {
            let last = cursor.rest();
            cursor.at = cursor.line.len();
            return if last.is_empty() {
                Err(Err::Error(Reason::Truncated))
            } else {
                Ok((cursor, last))
            };
        };
        let end = *space as usize;
        let found = cursor.since(cursor.at, end);
        cursor.at = end + 1;
        cursor.spaces = rest;
        if !found.is_empty() {
            return Ok((cursor.skip_spaces(), found));
        }
    }
}

/// The fields before the request-URI: no client controls them beyond the encoded key.
pub(super) struct Head<'l> {
    pub(super) bucket_owner: &'l [u8],
    pub(super) bucket: &'l [u8],
    pub(super) request_time: RequestTime,
    pub(super) remote_ip: &'l [u8],
    pub(super) requester: &'l [u8],
    pub(super) request_id: &'l [u8],
    pub(super) operation: &'l [u8],
    pub(super) key: &'l [u8],
}

/// Fields 1 to 8.
pub(super) fn head<'m, 'l>(cursor: Cursor<'m, 'l>) -> Parsed<'m, 'l, Head<'l>> {
    let (cursor, (bucket_owner, bucket, request_time, remote_ip)) = match ordinary_start(cursor) {
        Some(found) => found,
        None => (token, token, request_time, token).parse(cursor)?,
    };
    let (cursor, (requester, request_id, operation)) = actor_and_operation(cursor)?;
    let (cursor, key) = token(cursor)?;
    let head = Head {
        bucket_owner,
        bucket,
        request_time,
        remote_ip,
        requester,
        request_id,
        operation,
        key,
    };
    Ok((cursor, head))
}

/// Fields 1 to 4.
type Start<'l> = (&'l [u8], &'l [u8], RequestTime, &'l [u8]);

/// Fields 1 to 4 of most lines, with one space between them. `None` leaves it to the long way, which would
/// read them alike.
#[inline]
fn ordinary_start<'m, 'l>(cursor: Cursor<'m, 'l>) -> Option<(Cursor<'m, 'l>, Start<'l>)> {
    // A time holds one space.
    let (rest, [bucket_owner, bucket, day, zone, remote_ip]) = cursor.single_spaced()?;
    let start = cursor.at + bucket_owner.len() + bucket.len() + 2;
    let end = start + day.len() + zone.len() + 1;
    let request_time = RequestTime::parse(cursor.since(start, end))?;
    Some((rest, (bucket_owner, bucket, request_time, remote_ip)))
}

/// Field 3, the only one in brackets.
pub(super) fn request_time<'m, 'l>(cursor: Cursor<'m, 'l>) -> Parsed<'m, 'l, RequestTime> {
    let end = cursor.at + TIME_FIELD_BYTES;
    let Some(field) = cursor.line.get(cursor.at..end) else {
        let begun = matches!(cursor.byte(), None | Some(b'['));
        return Err(Err::Error(if begun { Reason::Truncated } else { Reason::BadTime }));
    };
    match (RequestTime::parse(field), cursor.line.get(end)) {
        (Some(time), Some(b' ')) => Ok((cursor.jump(end).skip_spaces(), time)),
        (Some(_), None) => Err(Err::Error(Reason::Truncated)),
        _ => Err(Err::Error(Reason::BadTime)),
    }
}

/// How many tokens after the requester's first may pass before the operation. The name of a
/// CloudFront origin access identity takes four more than an ordinary requester.
const OPERATION_SEARCH_TOKENS: usize = 16;

/// Fields 5 to 7: requester, request id and operation, anchored at the operation.
fn actor_and_operation<'m, 'l>(
    start: Cursor<'m, 'l>,
) -> Parsed<'m, 'l, (&'l [u8], &'l [u8], &'l [u8])> {
    if let Some((rest, [requester, request_id, operation])) = start.single_spaced()
        && is_operation(operation)
    {
        return Ok((rest, (requester, request_id, operation)));
    }
    let (mut at_id, requester) = token(start)?;
    let mut requester_end = start.at + requester.len();
    let (mut after_id, mut request_id) = token(at_id)?;
    for searched in 0..OPERATION_SEARCH_TOKENS {
        let (after_operation, operation) = token(after_id)?;
        let in_place = || {
            searched == 0
                && is_new_operation(operation, after_operation)
                && !is_operation(requester)
                && !is_operation(request_id)
        };
        if is_operation(operation) || in_place() {
            if searched > 0 && !requester.starts_with(b"arn:") {
                return Err(Err::Error(Reason::NoOperation));
            }
            let requester = start.since(start.at, requester_end);
            return Ok((after_operation, (requester, request_id, operation)));
        }
        if (searched == 0 && requester.contains(&b'[')) || request_id.contains(&b'[') {
            return Err(Err::Error(Reason::TwoRecordsGlued));
        }
        // No operation, but it may be the id, and what was taken for one a part of the requester.
        requester_end = at_id.at + request_id.len();
        (at_id, after_id, request_id) = (after_id, after_operation, operation);
    }
    Err(Err::Error(Reason::NoOperation))
}

/// `REST.GET.OBJECT`, `SOAP.CreateBucket`, `S3.COMPUTE.OBJECT.CHECKSUM` and the like: the families
/// are few, what follows them is left open.
pub(super) fn is_operation(token: &[u8]) -> bool {
    match token {
        [b'R', b'E', b'S', b'T', b'.', rest @ ..]
        | [b'S', b'3', b'.', rest @ ..]
        | [b'B', b'A', b'T', b'C', b'H', b'.', rest @ ..]
        | [b'W', b'E', b'B', b'S', b'I', b'T', b'E', b'.', rest @ ..]
        | [b'S', b'O', b'A', b'P', b'.', rest @ ..] => !rest.is_empty(),
        _ => false,
    }
}

/// An operation of a family that S3 came to add: words joined by points, the first in capitals, with
/// a key and the beginning of a request-URI behind it.
fn is_new_operation(token: &[u8], after: Cursor<'_, '_>) -> bool {
    let capital = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if !token.contains(&b'.') {
        return false;
    }
    let mut words = token.split(|byte| *byte == b'.');
    let family = words.next().unwrap_or_default();
    family.first().is_some_and(u8::is_ascii_uppercase)
        && family.iter().all(capital)
        && words.all(|word| !word.is_empty() && word.iter().all(letter))
        && self::token(after).is_ok_and(|(uri, _)| matches!(uri.byte(), Some(b'"' | b'-')))
}

/// Whether a client asks for this operation: the others, of lifecycle rules, jobs and batch deletes,
/// carry no text of a client.
pub(super) fn is_from_client(operation: &[u8]) -> bool {
    !operation.starts_with(b"S3.") && !operation.starts_with(b"BATCH.")
}

/// Fields 10 to 15.
#[derive(Clone, Copy)]
pub(super) struct Counters<'l> {
    pub(super) http_status: Option<u16>,
    pub(super) error_code: &'l [u8],
    pub(super) bytes_sent: Option<Digits<'l>>,
    pub(super) object_size: Option<Digits<'l>>,
    pub(super) total_time: Option<Digits<'l>>,
    pub(super) turn_around_time: Option<Digits<'l>>,
}

/// Status, error code and four numbers, then something that can begin a referer: the anchor.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "what it gives is half as much to move as it takes to find"
)]
pub(super) fn counters<'m, 'l>(cursor: Cursor<'m, 'l>) -> Parsed<'m, 'l, Counters<'l>> {
    let (cursor, words) = match cursor.single_spaced::<6>() {
        Some(found) => found,
        None => words(cursor)?,
    };
    let [status, error_code, sent, size, total, turn_around] = words;
    let (http_status, bytes_sent) = (http_status(status)?, number(sent)?);
    let (object_size, total_time) = (number(size)?, number(total)?);
    let turn_around_time = number(turn_around)?;
    // Late, because most of what is no counters shows in the numbers.
    if error_code != b"-" && error_code.contains(&b'"') {
        return Err(Err::Error(Reason::NoStatus));
    }
    match cursor.byte() {
        Some(b'"' | b'-') => {}
        Some(_) => return Err(Err::Error(Reason::NoStatus)),
        None => return Err(Err::Error(Reason::Truncated)),
    }
    let counters =
        Counters { http_status, error_code, bytes_sent, object_size, total_time, turn_around_time };
    Ok((cursor, counters))
}

/// A bare dash.
pub(super) fn dash<'m, 'l>(cursor: Cursor<'m, 'l>) -> Parsed<'m, 'l, &'l [u8]> {
    verify(token, |found: &[u8]| found == b"-").parse(cursor)
}

/// So many words, whatever spaces stand between them.
fn words<'m, 'l, const N: usize>(mut cursor: Cursor<'m, 'l>) -> Parsed<'m, 'l, [&'l [u8]; N]> {
    let mut words: [&[u8]; N] = [b""; N];
    for word in &mut words {
        (cursor, *word) = token(cursor)?;
    }
    Ok((cursor, words))
}

/// Three digits or a dash.
#[inline]
fn http_status(word: &[u8]) -> Result<Option<u16>, Err<Reason>> {
    match word {
        b"-" => Ok(None),
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'] => {
            Ok(Some(word.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'))))
        }
        _ => Err(Err::Error(Reason::NoStatus)),
    }
}

/// Digits or a dash.
#[inline]
fn number(word: &[u8]) -> Result<Option<Digits<'_>>, Err<Reason>> {
    if word == b"-" {
        return Ok(None);
    }
    Digits::new(word).map(Some).ok_or(Err::Error(Reason::NoStatus))
}

/// The head of another record inside a line, up to its operation: `[time] ip requester id OP`.
pub(super) fn embedded_head(cursor: Cursor<'_, '_>) -> bool {
    (request_time, opt(token))
        .parse(cursor)
        .is_ok_and(|(after_ip, (_, ip))| ip.is_some() && actor_and_operation(after_ip).is_ok())
}
