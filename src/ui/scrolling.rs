//! Scrolling of a list inside the machine.

use web_sys::Element;

/// Scrolls `list`, and never the page, until the item that `selector` names can be seen.
pub(super) fn keep_in_view(list: &Element, selector: &str) {
    let Ok(Some(item)) = list.query_selector(selector) else { return };
    let (outer, inner) = (list.get_bounding_client_rect(), item.get_bounding_client_rect());
    let margin = inner.height() * 2.0;
    let down = (inner.bottom() + margin - outer.bottom()).max(0.0) + (inner.top() - margin - outer.top()).min(0.0);
    list.set_scroll_top(list.scroll_top() + down as i32);
    let right = (inner.right() + 2.0 - outer.right()).max(0.0) + (inner.left() - 2.0 - outer.left()).min(0.0);
    list.set_scroll_left(list.scroll_left() + right as i32);
}
