//! The plaintext of a record: `kind u8 | length u32 BE | content | zeros up to a multiple of 64`.
//!
//! A map's content: `count u32`, then by ascending name `name length u32 | name | value length u32
//! | value`. Every buffer is made at its final size and wiped on drop.

use zeroize::Zeroizing;

use crate::{Secret, SecretMap, VaultError};

const PREFIX_LEN: usize = 5;
/// Lengths of stored secrets are hidden up to this many bytes.
pub(crate) const BUCKET: usize = 64;
const CONTENT_MAX: usize = 1 << 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text = 1,
    Map = 2,
}

/// A padded plaintext.
pub(crate) struct Payload(Zeroizing<Vec<u8>>);

impl Payload {
    pub(crate) fn from_text(secret: &Secret) -> Result<Self, VaultError> {
        Self::build(Kind::Text, secret.len(), |out| {
            out.extend_from_slice(secret.expose().as_bytes());
        })
    }

    pub(crate) fn from_map(map: &SecretMap) -> Result<Self, VaultError> {
        let content_len = map.iter().fold(4_usize, |sum, (name, secret)| {
            sum.saturating_add(8)
                .saturating_add(name.len())
                .saturating_add(secret.len())
        });
        Self::build(Kind::Map, content_len, |out| {
            push_len(out, map.len());
            for (name, secret) in map.iter() {
                push_len(out, name.len());
                out.extend_from_slice(name.as_bytes());
                push_len(out, secret.len());
                out.extend_from_slice(secret.expose().as_bytes());
            }
        })
    }

    /// Takes decrypted bytes over; checks the frame.
    pub(crate) fn from_padded(bytes: &[u8]) -> Option<Self> {
        let payload = Self(Zeroizing::new(bytes.to_vec()));
        let content_len = payload.content()?.1.len();
        let padding = payload.0.get(PREFIX_LEN + content_len..)?;
        let expected_len = (PREFIX_LEN + content_len).next_multiple_of(BUCKET);
        (bytes.len() == expected_len && padding.iter().all(|byte| *byte == 0)).then_some(payload)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn to_text(&self) -> Result<Secret, VaultError> {
        match self.content() {
            Some((Kind::Text, content)) => std::str::from_utf8(content)
                .map(Secret::new)
                .map_err(|_| VaultError::WrongKind),
            _ => Err(VaultError::WrongKind),
        }
    }

    pub(crate) fn to_map(&self) -> Result<SecretMap, VaultError> {
        match self.content() {
            Some((Kind::Map, content)) => map_decode(content).ok_or(VaultError::WrongKind),
            _ => Err(VaultError::WrongKind),
        }
    }

    fn build(
        kind: Kind,
        content_len: usize,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Self, VaultError> {
        if content_len > CONTENT_MAX {
            return Err(VaultError::TooLong);
        }
        let padded_len = (PREFIX_LEN + content_len).next_multiple_of(BUCKET);
        let mut bytes = Zeroizing::new(Vec::with_capacity(padded_len));
        bytes.push(kind as u8);
        push_len(&mut bytes, content_len);
        write(&mut bytes);
        bytes.resize(padded_len, 0);
        Ok(Self(bytes))
    }

    fn content(&self) -> Option<(Kind, &[u8])> {
        let (kind, rest) = self.0.split_first()?;
        let kind = match kind {
            1 => Kind::Text,
            2 => Kind::Map,
            _ => return None,
        };
        let mut reader = Reader(rest);
        Some((kind, reader.chunk()?))
    }
}

fn push_len(out: &mut Vec<u8>, len: usize) {
    // Bounded by CONTENT_MAX.
    out.extend_from_slice(&(len as u32).to_be_bytes());
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn length(&mut self) -> Option<usize> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        usize::try_from(u32::from_be_bytes(*length)).ok()
    }

    fn chunk(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        let (chunk, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(chunk)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.chunk()?).ok()
    }
}

/// Accepts the canonical form alone: ascending names, nothing left over.
fn map_decode(content: &[u8]) -> Option<SecretMap> {
    let mut reader = Reader(content);
    let mut map = SecretMap::new();
    let mut last: Option<&str> = None;
    for _ in 0..reader.length()? {
        let name = reader.text()?;
        if last.is_some_and(|last| last >= name) {
            return None;
        }
        last = Some(name);
        map.insert(name, reader.text()?);
    }
    reader.0.is_empty().then_some(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_hidden_in_buckets() {
        for (length, padded) in [
            (0, 64),
            (1, 64),
            (59, 64),
            (60, 128),
            (123, 128),
            (124, 192),
        ] {
            let payload = Payload::from_text(&Secret::new("x".repeat(length))).ok();
            assert_eq!(
                payload.map(|payload| payload.as_bytes().len()),
                Some(padded)
            );
        }
    }

    #[test]
    fn too_long_is_refused() {
        let secret = Secret::new("x".repeat(CONTENT_MAX + 1));
        assert!(matches!(
            Payload::from_text(&secret),
            Err(VaultError::TooLong)
        ));
    }

    #[test]
    fn frames_that_are_not_canonical_are_refused() {
        let mut good = [0_u8; BUCKET];
        good[..6].copy_from_slice(&[1, 0, 0, 0, 1, b'a']);
        assert!(Payload::from_padded(&good).is_some());
        for (at, value) in [(0, 0), (0, 3), (1, 1), (4, 60), (6, 1), (63, 1)] {
            let mut bad = good;
            bad[at] = value;
            assert!(Payload::from_padded(&bad).is_none(), "byte {at} = {value}");
        }
        assert!(Payload::from_padded(&[good, [0; BUCKET]].concat()).is_none());
        assert!(Payload::from_padded(&[]).is_none());
        let unordered = [
            0, 0, 0, 2, 0, 0, 0, 1, b'b', 0, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 0, 0,
        ];
        assert!(map_decode(&unordered).is_none());
        let left_over = [0, 0, 0, 0, 9];
        assert!(map_decode(&left_over).is_none());
        let huge_count = [0xff, 0xff, 0xff, 0xff];
        assert!(map_decode(&huge_count).is_none());
    }
}
