//! Texts of the demo, in the room that there is.

use local_stack::demo::text::{bar, count, shortened, size, wrapped};

#[test]
fn numbers_are_readable() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    assert_eq!([5, 1_500, 62_340_000].map(size), ["5 B", "1.5 KB", "62.3 MB"]);
}

#[test]
fn texts_break_between_words_and_long_words_anywhere() {
    assert_eq!(wrapped("one two three", usize::MAX), ["one two three"]);
    assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
    assert_eq!(wrapped("a /very/long/path (x)", 6), ["a", "/very/", "long/p", "ath", "(x)"]);
    assert_eq!(wrapped("ünï cödé", 4), ["ünï", "cödé"]);
    assert_eq!(wrapped("", 5), [""]);
}

#[test]
fn names_keep_their_beginning_and_end() {
    assert_eq!(shortened("abcdef", 6), "abcdef");
    assert_eq!(shortened("abcdefg", 6), "ab…efg");
    assert_eq!(shortened("abcdefg", 5), "ab…fg");
}

#[test]
fn bars_grow_by_eighths_and_never_vanish() {
    assert_eq!([0, 1, 50, 100].map(|value| bar(value, 100, 4)), ["", "▏", "██", "████"]);
    assert_eq!(bar(1, 1_000_000, 4), "▏");
    assert_eq!(bar(0, 0, 4), "");
}
