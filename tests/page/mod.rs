//! The article as the tests read it.
#![allow(dead_code, reason = "each test uses a part")]

/// The page as it is written.
pub const PAGE: &str = include_str!("../../index.html");

/// What stands in a section.
pub fn section(id: &str) -> &'static str {
    let (_, after) = PAGE.split_once(&format!("<section id=\"{id}\">")).expect("the section");
    after.split_once("</section>").expect("the section ends").0
}

/// What stands between each `opening` and the next `end`.
pub fn pieces<'t>(text: &'t str, opening: &'t str, end: &'t str) -> impl Iterator<Item = String> + 't {
    text.split(opening).skip(1).map(move |piece| piece.split_once(end).expect("the piece ends").0.to_owned())
}

/// The text of the listings among some HTML.
pub fn listings(html: &str) -> impl Iterator<Item = String> + '_ {
    pieces(html, "<pre class=\"code\" tabindex=\"0\"><code>", "</code></pre>").map(|html| plain(&html))
}

/// The text of some HTML.
pub fn plain(html: &str) -> String {
    let mut text = String::new();
    for (index, part) in html.split('<').enumerate() {
        text += if index == 0 { part } else { part.split_once('>').map_or("", |(_, after)| after) };
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
