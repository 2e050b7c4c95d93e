//! Elements, built by calls. What `html!` makes of an element is several times the code of these few calls, on every page
//! and for each of a few hundred elements; components and what they are given stay with the macro.

use std::rc::Rc;

use yew::prelude::*;
use yew::virtual_dom::{Key, Listener, VNode, VTag, VText};

/// An element on its way.
pub struct Tag(Box<VTag>);

/// An element with a class; none where that is empty.
#[inline(never)]
pub fn tag(name: &'static str, class: &'static str) -> Tag {
    let tag = Tag(Box::new(VTag::new(name)));
    if class.is_empty() { tag } else { tag.is("class", class) }
}

impl Tag {
    /// An attribute.
    #[inline(never)]
    pub fn is(mut self, name: &'static str, value: &'static str) -> Self {
        self.0.add_attribute(name, value);
        self
    }

    /// An attribute.
    #[inline(never)]
    pub fn set(mut self, name: &'static str, value: String) -> Self {
        self.0.add_attribute(name, value);
        self
    }

    /// An attribute.
    #[inline(never)]
    pub fn quote_as(mut self, name: &'static str, value: &Rc<str>) -> Self {
        self.0.add_attribute(name, value.clone());
        self
    }

    /// An attribute that is `true` or `false`.
    pub fn flag(self, name: &'static str, value: bool) -> Self {
        self.is(name, if value { "true" } else { "false" })
    }

    /// One more word of its class, where `there`.
    #[inline(never)]
    pub fn class_if(mut self, there: bool, word: &'static str) -> Self {
        if there {
            let before = self.0.attributes.iter().find(|(name, _)| *name == "class").map(|(_, value)| value.to_owned());
            let class = before.map_or_else(|| word.to_owned(), |before| before + " " + word);
            self.0.add_attribute("class", class);
        }
        self
    }

    /// The value of an `input`, which the reader changes too.
    pub fn value(mut self, value: String) -> Self {
        self.0.set_value(value);
        self
    }

    /// Whether an `option` is the one that is chosen, which the reader changes too: an attribute would not be heeded after
    /// that.
    pub fn chosen(mut self, yes: bool) -> Self {
        self.0.add_property("selected", yes);
        self
    }

    /// Text in it.
    #[inline(never)]
    pub fn text(self, text: &'static str) -> Self {
        self.node(VNode::VText(VText::new(text)))
    }

    /// Text in it.
    #[inline(never)]
    pub fn say(self, text: String) -> Self {
        self.node(VNode::VText(VText::new(text)))
    }

    /// Text in it.
    #[inline(never)]
    pub fn quote(self, text: &Rc<str>) -> Self {
        self.node(VNode::VText(VText::new(text.clone())))
    }

    /// Anything in it.
    #[inline(never)]
    pub fn node(mut self, child: Html) -> Self {
        self.0.add_child(child);
        self
    }

    /// An element in it.
    pub fn with(self, child: Tag) -> Self {
        self.node(child.into())
    }

    /// An element in it, if there is one. Its place is kept, so that its siblings stay the elements they are, with the
    /// reader's focus on them.
    #[inline(never)]
    pub fn maybe(self, child: Option<Tag>) -> Self {
        self.node(child.map_or_else(Html::default, Into::into))
    }

    /// Elements in it.
    pub fn each(self, children: impl IntoIterator<Item = Tag>) -> Self {
        children.into_iter().fold(self, Self::with)
    }

    /// Which of its siblings it is, from one drawing to the next.
    #[inline(never)]
    pub fn key(mut self, key: u32) -> Self {
        self.0.key = Some(Key::from(key));
        self
    }

    /// Where its element is to be found.
    pub fn at(mut self, node: &NodeRef) -> Self {
        self.0.node_ref = node.clone();
        self
    }

    /// What a click does.
    #[inline(never)]
    pub fn click(self, act: Callback<MouseEvent>) -> Self {
        self.hear(Rc::new(yew::html::onclick::Wrapper::new(act)))
    }

    /// What another event does.
    #[inline(never)]
    pub fn hear(mut self, listener: Rc<dyn Listener>) -> Self {
        self.0.add_listener(listener);
        self
    }
}

impl From<Tag> for Html {
    #[inline(never)]
    fn from(tag: Tag) -> Self {
        VNode::VTag(Rc::new(*tag.0))
    }
}
