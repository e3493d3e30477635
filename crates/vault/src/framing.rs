//! Unambiguous encodings of several values as one byte string.

/// Each part behind its length as u64 big endian, so that no two lists of parts share an encoding.
pub(crate) fn frame(parts: &[&[u8]]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(parts.iter().map(|part| 8 + part.len()).sum());
    for part in parts {
        framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
        framed.extend_from_slice(part);
    }
    framed
}

#[cfg(test)]
mod tests {
    use super::frame;

    #[test]
    fn boundaries_between_parts_count() {
        assert_ne!(frame(&[b"ab", b"c"]), frame(&[b"a", b"bc"]));
        assert_ne!(frame(&[b"ab"]), frame(&[b"ab", b""]));
        assert_eq!(frame(&[b"a"]), [0, 0, 0, 0, 0, 0, 0, 1, b'a']);
    }
}
