//! The article's text and pieces of it.

/// The source of the page, `index.html`.
pub const PAGE: &str = include_str!("../../index.html");

/// The HTML inside the section with this id.
pub fn section(id: &str) -> &'static str {
    let (_, after) = PAGE.split_once(&format!("<section id=\"{id}\">")).expect("the page has this section");
    after.split_once("</section>").expect("the section ends").0
}

/// The text between each `opening` and the `end` that follows it.
pub fn pieces<'t>(text: &'t str, opening: &'t str, end: &'t str) -> impl Iterator<Item = String> + 't {
    text.split(opening).skip(1).map(move |piece| piece.split_once(end).expect("the piece ends").0.to_owned())
}

/// The text of each listing in a piece of HTML.
pub fn listings(html: &str) -> impl Iterator<Item = String> + '_ {
    pieces(html, "<pre class=\"code\" tabindex=\"0\"><code>", "</code></pre>").map(|html| plain(&html))
}

/// The text of a piece of HTML: without tags, and with the entities that the page uses as characters.
pub fn plain(html: &str) -> String {
    let mut text = String::new();
    for (index, part) in html.split('<').enumerate() {
        text += if index == 0 { part } else { part.split_once('>').map_or("", |(_, after)| after) };
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
