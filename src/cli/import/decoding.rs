//! Decodes data files, as spreadsheet programs save them.

/// Why a file cannot be decoded.
#[derive(Debug, PartialEq, Eq)]
pub struct TextError {
    /// First line that cannot be decoded.
    pub line: usize,
    /// What is wrong with it, and what to do.
    pub description: String,
}

/// Decodes the bytes of a file: UTF-16 if they begin with its mark, otherwise UTF-8. Every line
/// end becomes `\n`, the only one that the CSV reader counts.
pub fn decode(bytes: &[u8]) -> Result<String, TextError> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => decode_utf8(rest),
        bytes => decode_utf8(bytes),
    }?;
    match text.split_once('\0') {
        Some((before, _)) => Err(undecodable(before, "a NUL character".to_owned())),
        None => Ok(text.replace("\r\n", "\n").replace('\r', "\n")),
    }
}

fn decode_utf8(bytes: &[u8]) -> Result<String, TextError> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.to_owned()),
        Err(error) => error,
    };
    let (good, bad) = bytes.split_at(error.valid_up_to());
    let before = String::from_utf8_lossy(good);
    let byte = bad.first().copied().unwrap_or_default();
    Err(undecodable(&before, format!("the byte {byte:#04x} is not UTF-8")))
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, TextError> {
    let (units, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(units.len());
    for character in char::decode_utf16(units.iter().map(|bytes| unit(*bytes))) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => return Err(undecodable(&text, "half a character of UTF-16".to_owned())),
        }
    }
    match odd {
        [] => Ok(text),
        _ => Err(undecodable(&text, "half a character of UTF-16".to_owned())),
    }
}

fn undecodable(before: &str, problem: String) -> TextError {
    let line = 1 + before.replace("\r\n", "\n").matches(['\n', '\r']).count();
    TextError { line, description: format!("{problem}: save the file as CSV UTF-8") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_and_utf_16_are_read_by_their_marks() {
        let text = "a,–\r\nb";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", little.as_slice()].concat(),
            [b"\xfe\xff", big.as_slice()].concat(),
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok("a,–\nb"));
        }
    }

    #[test]
    fn other_bytes_are_refused_with_their_line() {
        let line = |bytes: &[u8]| decode(bytes).map_err(|error| error.line);
        assert_eq!(line(b"a\r\nb\rc \x96 d"), Err(3));
        assert_eq!(line(b"a\n\0b"), Err(2));
        assert_eq!(line(b"\xff\xfea\0\n\0\0\xd8b\0"), Err(2));
        assert_eq!(line(b"\xff\xfea\0\n"), Err(1));
        let error = decode(b"\x96").unwrap_err();
        assert_eq!(error.description, "the byte 0x96 is not UTF-8: save the file as CSV UTF-8");
    }
}
