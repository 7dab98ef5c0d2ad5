//! The local status page: HTML made here, no script, refreshed by the browser.

use std::fmt::{self, Write as _};

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    Local,
    status::{Activated, Link, Status},
};

/// The tokens that player and portal use.
const TOKENS: &str = include_str!("../../../player-web/src/design/tokens.css");
/// The page's own style.
const STYLE: &str = include_str!("../../assets/local.css");
/// Seconds between two refreshes: quick while something moves, slow otherwise.
const REFRESH_S: [u32; 2] = [2, 15];

const CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Answers `GET /`.
pub async fn page(State(local): State<Local>) -> Response {
    let status = local.board.status(&local.home).await;
    let moves = status.scan.is_some() || !matches!(status.activation, Activated::Yes { .. }) || !status.relay.up;
    html(StatusCode::OK, &document(&body(&status), Some(REFRESH_S[usize::from(!moves)])))
}

/// Answers `GET /local/style.css`.
pub async fn style() -> Response {
    let mut response = format!("{TOKENS}\n{STYLE}").into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    response
}

/// The page for whoever comes without the link.
pub fn sign_in(status: StatusCode) -> Response {
    let body = "<main><h1>iRoam on this machine</h1><section><p>This page shows what your home does, so it opens only \
                with its private link.</p><p>Run <code>iroam open</code> in a terminal on this machine and follow the \
                link that it prints.</p></section></main>";
    html(status, &document(body, None))
}

fn html(status: StatusCode, text: &str) -> Response {
    let mut response = (status, text.to_owned()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, CSP);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn document(body: &str, refresh_s: Option<u32>) -> String {
    let refresh = refresh_s.map(|s| format!("<meta http-equiv=\"refresh\" content=\"{s}\">")).unwrap_or_default();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">{refresh}<title>iRoam at home</title><link \
         rel=\"stylesheet\" href=\"/local/style.css\"></head><body>{body}</body></html>"
    )
}

fn body(status: &Status) -> String {
    let mut page = String::from("<main>");
    // Writing to a String cannot fail.
    let _ = write!(page, "<h1>{}</h1>", Escaped(title(status)));
    activation(&mut page, status);
    library(&mut page, status);
    connections(&mut page, status);
    troubles(&mut page, status);
    let _ = write!(
        page,
        "<footer>iRoam {} · home <code>{}</code> · process {}</footer></main>",
        Escaped(&status.version),
        status.peer_id,
        status.pid
    );
    page
}

fn title(status: &Status) -> &str {
    match &status.activation {
        Activated::Yes { name, .. } => name,
        _ => "iRoam on this machine",
    }
}

fn activation(page: &mut String, status: &Status) {
    let _ = match &status.activation {
        Activated::Yes { account_email, .. } => write!(
            page,
            "<p class=\"lead\">This home belongs to <b>{}</b>. <a href=\"/player/\">Listen on this machine</a></p>",
            Escaped(account_email)
        ),
        Activated::Waiting { url, code, words } => write!(
            page,
            "<section class=\"glass\"><h2>Activate this home</h2><ol><li>Open <a href=\"{0}\" rel=\"noreferrer\">{0}</a> \
             and sign in.</li><li>Compare the code <strong class=\"code\">{1}</strong></li><li>Pick the words \
             <strong>{2}</strong></li></ol><p>Until then this home serves nothing to anybody.</p></section>",
            Escaped(url),
            Escaped(code),
            Escaped(words)
        ),
        Activated::No => {
            write!(page, "<p class=\"lead\">This home is not activated; it serves nothing to anybody.</p>")
        }
    };
}

fn library(page: &mut String, status: &Status) {
    let counts = &status.counts;
    let _ = write!(
        page,
        "<section><h2>Library</h2><dl><div><dt>Tracks</dt><dd>{}</dd></div><div><dt>Albums</dt><dd>{}</dd></div><div>\
         <dt>Artists</dt><dd>{}</dd></div><div><dt>Length</dt><dd>{}</dd></div></dl>",
        counts.tracks,
        counts.albums,
        counts.artists,
        length(counts.duration_ms)
    );
    if let Some(scan) = &status.scan {
        let more = if scan.walked { "" } else { " so far" };
        let _ = write!(
            page,
            "<p>Reading the folders: {0} of {1} files{more}. <progress value=\"{0}\" max=\"{2}\"></progress></p>",
            scan.done,
            scan.found,
            scan.found.max(1)
        );
    }
    if counts.failed > 0 {
        let _ = write!(page, "<p class=\"quiet\">{} files could not be read as media.</p>", counts.failed);
    }
    page.push_str("<ul class=\"folders\">");
    for folder in &status.folders {
        let state = if folder.readable {
            ""
        } else {
            " <span class=\"warn\">cannot be read now; its tracks stay listed</span>"
        };
        let _ = write!(page, "<li><code>{}</code>{state}</li>", Escaped(&folder.path.to_string_lossy()));
    }
    page.push_str("</ul></section>");
}

fn length(ms: u64) -> String {
    match ms / 60_000 {
        minutes @ 0..=119 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    }
}

fn connections(page: &mut String, status: &Status) {
    page.push_str("<section><h2>Connections</h2><ul>");
    for (name, link) in [("Portal", &status.portal), ("Relay", &status.relay)] {
        connection(page, name, link);
    }
    if let Some(words) = &status.clock {
        let _ = write!(page, "<li><span class=\"warn\">Clock</span> {}</li>", Escaped(words));
    }
    page.push_str("</ul></section>");
}

fn connection(page: &mut String, name: &str, link: &Link) {
    let class = match (link.up, &link.advice) {
        (true, _) => "good",
        (false, Some(_)) => "warn",
        (false, None) => "quiet",
    };
    let _ = write!(page, "<li><span class=\"{class}\">{name}</span> {}", Escaped(&link.words));
    if !link.to.is_empty() {
        let _ = write!(page, " · <code>{}</code>", Escaped(&link.to));
    }
    if let Some(advice) = &link.advice {
        let _ = write!(page, "<br>What to do: {}", Escaped(advice));
    }
    page.push_str("</li>");
}

fn troubles(page: &mut String, status: &Status) {
    if status.troubles.is_empty() {
        return;
    }
    page.push_str("<section><h2>Last troubles</h2><ul>");
    for trouble in &status.troubles {
        let at = jiff::Timestamp::from_millisecond(trouble.at_ms).map(|at| at.strftime("%F %H:%M UTC").to_string());
        let _ = write!(page, "<li><time>{}</time> {}", at.unwrap_or_default(), Escaped(&trouble.words));
        if let Some(advice) = &trouble.advice {
            let _ = write!(page, "<br>What to do: {}", Escaped(advice));
        }
        page.push_str("</li>");
    }
    page.push_str("</ul></section>");
}

/// Text within HTML, in element content or a quoted attribute.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_become_markup() {
        assert_eq!(Escaped("<a href=\"'&'\">").to_string(), "&lt;a href=&quot;&#39;&amp;&#39;&quot;&gt;");
    }
}
