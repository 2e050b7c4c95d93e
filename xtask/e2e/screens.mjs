// The sizes of screens for which the page is made, in CSS pixels.

export const WIDE = { width: 1440, height: 780 };
export const NARROW = { width: 390, height: 844 };
export const NARROWEST = { width: 320, height: 640 };
