//! JSON strings that Redshift loads: UTF-8, escaped, without what it refuses, within a width.

/// What had to be done to a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Repairs {
    pub(super) clipped: bool,
    pub(super) invalid_utf8: bool,
    pub(super) replaced: bool,
}

/// Longest JSON escape of one byte of text: `\u0001`.
pub(super) const ESCAPE_BYTES_MAX: usize = 6;

/// Whether `text` can stand in a JSON string as it is: printable ASCII, no quote, no backslash.
pub(super) fn is_plain(text: &[u8]) -> bool {
    let special = |byte: &u8| byte.wrapping_sub(0x20) > 0x5e || *byte == b'"' || *byte == b'\\';
    // No early exit: this way the loop is vectorised.
    !text.iter().fold(false, |found, byte| found | special(byte))
}

/// Appends the content of a JSON string: `text` repaired, and cut at a character border so that it
/// is at most `width` bytes long once loaded.
pub(super) fn write_text(text: &[u8], width: usize, out: &mut Vec<u8>) -> Repairs {
    if is_plain(text) {
        let fitting = text.get(..width).unwrap_or(text);
        out.extend_from_slice(fitting);
        return Repairs { clipped: fitting.len() < text.len(), ..Repairs::default() };
    }
    let mut repairs = Repairs::default();
    let mut room = width;
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            let loadable = !is_refused(character);
            repairs.replaced |= !loadable;
            let character = if loadable { character } else { char::REPLACEMENT_CHARACTER };
            if !write_character(character, &mut room, out) {
                return Repairs { clipped: true, ..repairs };
            }
        }
        if !chunk.invalid().is_empty() {
            repairs.invalid_utf8 = true;
            if !write_character(char::REPLACEMENT_CHARACTER, &mut room, out) {
                return Repairs { clipped: true, ..repairs };
            }
        }
    }
    repairs
}

/// NUL ends or fails a VARCHAR; noncharacters fail COPY although they are valid UTF-8 ("Bad UTF8
/// hex sequence", errors 6 and 7).
fn is_refused(character: char) -> bool {
    let code = u32::from(character);
    code == 0 || (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
}

/// False, and nothing written, when there is no room.
fn write_character(character: char, room: &mut usize, out: &mut Vec<u8>) -> bool {
    let Some(left) = room.checked_sub(character.len_utf8()) else { return false };
    *room = left;
    match character {
        '"' => out.extend_from_slice(b"\\\""),
        '\\' => out.extend_from_slice(b"\\\\"),
        '\n' => out.extend_from_slice(b"\\n"),
        '\r' => out.extend_from_slice(b"\\r"),
        '\t' => out.extend_from_slice(b"\\t"),
        '\0'..='\x1f' => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            let code = character as usize;
            let digit = |nibble: usize| DIGITS.get(nibble).copied().unwrap_or(b'0');
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(code >> 4), digit(code & 15)]);
        }
        _ => {
            let mut utf8 = [0; 4];
            out.extend_from_slice(character.encode_utf8(&mut utf8).as_bytes());
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &[u8], width: usize) -> (String, Repairs) {
        let mut out = Vec::new();
        let repairs = write_text(text, width, &mut out);
        (String::from_utf8(out).unwrap(), repairs)
    }

    #[test]
    fn escapes_what_json_escapes() {
        let (text, repairs) = written("a\"b\\c\n\r\t\x01\x1f\x7fé日\u{1f600}".as_bytes(), 100);
        assert_eq!(text, "a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f\x7fé日\u{1f600}");
        assert_eq!(repairs, Repairs::default());
    }

    #[test]
    fn replaces_what_redshift_refuses() {
        for refused in ["\0", "\u{fdd0}", "\u{fdef}", "\u{ffff}", "\u{fffe}", "\u{10ffff}"] {
            let (text, repairs) = written(format!("a{refused}b").as_bytes(), 100);
            assert_eq!(text, "a\u{fffd}b", "{refused:?}");
            assert_eq!(repairs, Repairs { replaced: true, ..Repairs::default() });
        }
        let (text, repairs) = written(b"a\xffb\xe6\x97", 100);
        assert_eq!(text, "a\u{fffd}b\u{fffd}");
        assert_eq!(repairs, Repairs { invalid_utf8: true, ..Repairs::default() });
        assert_eq!(written("\u{fffd}\u{fdf0}".as_bytes(), 100).1, Repairs::default());
    }

    #[test]
    fn cuts_at_a_character_border() {
        let clipped = Repairs { clipped: true, ..Repairs::default() };
        assert_eq!(written(b"abcd", 4), ("abcd".into(), Repairs::default()));
        assert_eq!(written(b"abcde", 4), ("abcd".into(), clipped));
        assert_eq!(written("ab日".as_bytes(), 4), ("ab".into(), clipped));
        assert_eq!(written("ab日".as_bytes(), 5), ("ab日".into(), Repairs::default()));
        assert_eq!(written(b"\"\"\"", 2), ("\\\"\\\"".into(), clipped));
        // One bad byte becomes three: the width is that of what is loaded.
        let both = Repairs { clipped: true, invalid_utf8: true, ..Repairs::default() };
        assert_eq!(written(b"\xff\xff", 5), ("\u{fffd}".into(), both));
    }
}
