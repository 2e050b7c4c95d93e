// Makes a screenshot smaller: fewer colours, which the eye does not miss, and so a palette instead of three bytes a pixel.

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = 8;

function chunks(png) {
  const all = [];
  for (let at = SIGNATURE; at < png.length; ) {
    const length = png.readUInt32BE(at);
    all.push([png.toString("latin1", at + 4, at + 8), png.subarray(at + 8, at + 8 + length)]);
    at += length + 12;
  }
  return all;
}

function chunk(name, data) {
  const whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length);
  whole.write(name, 4, "latin1");
  data.copy(whole, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, data.length + 8)), data.length + 8);
  return whole;
}

/** The predictor that PNG calls Paeth: the neighbour nearest to left + up − upper left. */
function paeth(left, up, corner) {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** Rows of bytes without their filters. */
function rows(data, width, height, bytes) {
  const stride = width * bytes;
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= bytes ? out[at - bytes] : 0;
      const up = y > 0 ? out[at - stride] : 0;
      const corner = x >= bytes && y > 0 ? out[at - stride - bytes] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      out[at] = data[y * (stride + 1) + 1 + x] + guess;
    }
  }
  return out;
}

/** Colours in order of their frequency, as many as a palette holds; each of the others becomes the one nearest to it. */
function palette(pixels, bytes) {
  const counts = new Map();
  for (let at = 0; at < pixels.length; at += bytes) {
    const color = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  const byCount = [...counts].sort(([, a], [, b]) => b - a).map(([color]) => color);
  const kept = byCount.slice(0, 256);
  const apart = (a, b) => [16, 8, 0].reduce((sum, shift) => sum + (((a >> shift) & 255) - ((b >> shift) & 255)) ** 2, 0);
  const index = new Map(kept.map((color, at) => [color, at]));
  for (const color of byCount.slice(256)) {
    let nearest = 0;
    for (let at = 1; at < kept.length; at++) if (apart(color, kept[at]) < apart(color, kept[nearest])) nearest = at;
    index.set(color, nearest);
  }
  return [kept, index];
}

/** The same picture with a palette. */
export function smaller(png) {
  const parts = chunks(png);
  const header = Buffer.from(parts[0][1]);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const bytes = { 2: 3, 6: 4 }[header[9]];
  const data = inflateSync(Buffer.concat(parts.filter(([name]) => name === "IDAT").map(([, part]) => part)));
  const pixels = rows(data, width, height, bytes);
  const [colors, index] = palette(pixels, bytes);
  const packed = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * bytes;
      packed[y * (width + 1) + 1 + x] = index.get((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]);
    }
  }
  header[9] = 3;
  const table = Buffer.from(colors.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  const body = [chunk("IHDR", header), chunk("PLTE", table), chunk("IDAT", deflateSync(packed, { level: 9 })), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([png.subarray(0, SIGNATURE), ...body]);
}
