//! E-mail addresses as people type them.

/// An address in the form that the database holds: trimmed, lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email(String);

/// RFC 5321 §4.5.3.1.3: a path is at most 256 characters with its brackets.
const CHARS_MAX: usize = 254;

impl Email {
    /// Reads an address; `None` when it cannot be one. Whether it exists only a mail can tell.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let plain = text.len() <= CHARS_MAX && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let labels = domain.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-') && !label.starts_with('-')
        });
        let valid = plain && !local.is_empty() && !local.contains('@') && labels && domain.contains('.');
        valid.then_some(Self(text))
    }

    /// The address.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_type_them() {
        assert_eq!(Email::parse(" Ann@Example.ORG ").unwrap().as_str(), "ann@example.org");
        assert!(Email::parse("o'neil+music@sub.example.co.uk").is_some());
        for bad in [
            "",
            "ann",
            "ann@",
            "@example.org",
            "a b@example.org",
            "a@b@c.org",
            "ann@localhost",
            "ann@-x.org",
            "ann@x..org",
        ] {
            assert_eq!(Email::parse(bad), None, "{bad}");
        }
    }
}
