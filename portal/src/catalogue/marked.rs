//! Sentences with a link, a command or a name inside. Languages put these at different places, so the marks stand in the
//! catalogue and the addresses in the template.

use std::fmt::Write as _;

/// Words with marks: `[…]` is a link, `` `…` `` a command, `*…*` is strong, and `{}` the place of a name.
#[derive(Clone, Copy)]
pub(crate) struct Marked(pub(crate) &'static str);

impl Marked {
    /// As HTML, with the addresses of the links in their order.
    pub(crate) fn to(self, links: &[&str]) -> String {
        self.html(links, "")
    }

    /// As HTML, with a name of somebody or something, which stays text.
    pub(crate) fn with(self, name: &str) -> String {
        self.html(&[], name)
    }

    /// As HTML, without links and names.
    pub(crate) fn plain(self) -> String {
        self.html(&[], "")
    }

    /// As HTML, with both.
    pub(crate) fn html(self, links: &[&str], name: &str) -> String {
        let (mut html, mut links) = (String::with_capacity(2 * self.0.len()), links.iter());
        let (mut is_code, mut is_strong) = (false, false);
        for c in self.0.chars() {
            match c {
                '[' => link(&mut html, links.next().copied().unwrap_or_default()),
                ']' => html.push_str("</a>"),
                '`' => toggle(&mut html, &mut is_code, "<code>", "</code>"),
                '*' => toggle(&mut html, &mut is_strong, "<strong class=\"break\">", "</strong>"),
                '{' => escape(&mut html, name),
                '}' => {}
                c => escape(&mut html, c.encode_utf8(&mut [0; 4])),
            }
        }
        html
    }
}

fn toggle(html: &mut String, is_open: &mut bool, open: &str, close: &str) {
    html.push_str(if *is_open { close } else { open });
    *is_open = !*is_open;
}

/// Links to other sites tell them nothing.
fn link(html: &mut String, href: &str) {
    html.push_str("<a href=\"");
    escape(html, href);
    html.push_str(if href.starts_with('/') { "\">" } else { "\" rel=\"noreferrer\">" });
}

fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '"' | '\'' => {
                // Writing into a string does not fail.
                let _ = write!(html, "&#{};", u32::from(c));
            }
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_html_and_names_stay_text() {
        let marked = Marked("Get [it], [there]; `iroam up`.");
        assert_eq!(
            marked.to(&["/a", "https://example.org/?x&y"]),
            "Get <a href=\"/a\">it</a>, <a href=\"https://example.org/?x&#38;y\" rel=\"noreferrer\">there</a>; \
             <code>iroam up</code>."
        );
        let named = Marked("Is *{}* yours?").with("<b>*[x]`{}&");
        assert_eq!(named, "Is <strong class=\"break\">&#60;b&#62;*[x]`{}&#38;</strong> yours?");
        assert_eq!(Marked("it's").plain(), "it&#39;s");
    }
}
