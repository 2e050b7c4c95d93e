// The built-ins that call functions of the program. A function that a row of the table names takes its receiver as the
// first parameter. Names that begin with `$` are internal built-ins.

const callable = (f) => {
  if (typeof f !== 'function') throw new TypeError(`${$shown(f)} is not a function`)
}

function arrayForEach(list, f) {
  callable(f)
  const length = list.length
  for (let i = 0; i < length; i++) if (i < list.length) f(list[i], i, list)
}

function arrayMap(list, f) {
  callable(f)
  const length = list.length
  const mapped = []
  for (let i = 0; i < length; i++) mapped.push(i < list.length ? f(list[i], i, list) : undefined)
  return mapped
}

function arrayFilter(list, f) {
  callable(f)
  const length = list.length
  const kept = []
  for (let i = 0; i < length; i++) {
    if (i < list.length) {
      const element = list[i]
      if (f(element, i, list)) kept.push(element)
    }
  }
  return kept
}

function arrayFind(list, f) {
  callable(f)
  const length = list.length
  for (let i = 0; i < length; i++) {
    const element = list[i]
    if (f(element, i, list)) return element
  }
}

function arrayFindIndex(list, f) {
  callable(f)
  const length = list.length
  for (let i = 0; i < length; i++) if (f(list[i], i, list)) return i
  return -1
}

function arrayFindLast(list, f) {
  callable(f)
  for (let i = list.length - 1; i >= 0; i--) {
    const element = list[i]
    if (f(element, i, list)) return element
  }
}

function arrayFindLastIndex(list, f) {
  callable(f)
  for (let i = list.length - 1; i >= 0; i--) if (f(list[i], i, list)) return i
  return -1
}

function arraySome(list, f) {
  callable(f)
  const length = list.length
  for (let i = 0; i < length; i++) if (i < list.length && f(list[i], i, list)) return true
  return false
}

function arrayEvery(list, f) {
  callable(f)
  const length = list.length
  for (let i = 0; i < length; i++) if (i < list.length && !f(list[i], i, list)) return false
  return true
}

function arrayReduce(list, f, ...start) {
  callable(f)
  const length = list.length
  if (length === 0 && start.length === 0) throw new TypeError('Reduce of empty array with no initial value')
  let sum = start.length > 0 ? start[0] : list[0]
  for (let i = start.length > 0 ? 0 : 1; i < length; i++) if (i < list.length) sum = f(sum, list[i], i, list)
  return sum
}

function arrayReduceRight(list, f, ...start) {
  callable(f)
  const length = list.length
  if (length === 0 && start.length === 0) throw new TypeError('Reduce of empty array with no initial value')
  let sum = start.length > 0 ? start[0] : list[length - 1]
  for (let i = start.length > 0 ? length - 1 : length - 2; i >= 0; i--) {
    if (i < list.length) sum = f(sum, list[i], i, list)
  }
  return sum
}

function arrayFlatMap(list, f) {
  if (typeof f !== 'function') throw new TypeError('flatMap mapper function is not callable')
  const length = list.length
  const flat = []
  for (let i = 0; i < length; i++) {
    if (i < list.length) {
      const mapped = f(list[i], i, list)
      if (Array.isArray(mapped)) for (const element of mapped) flat.push(element)
      else flat.push(mapped)
    }
  }
  return flat
}

// V8 sorts up to 32 elements by binary insertion, and longer lists by merging runs (TimSort). Here longer lists are halved
// and merged: the result is the same for every consistent comparison, but the order of the calls is V8's only up to 32
// elements.
function sorted(list, by) {
  const length = list.length
  if (length < 2) return list
  if (length > 32) {
    const middle = Math.floor(length / 2)
    return merged(sorted(list.slice(0, middle), by), sorted(list.slice(middle), by), by)
  }
  let run = 2
  if (by(list[1], list[0]) < 0) {
    while (run < length && by(list[run], list[run - 1]) < 0) run++
    const reversed = list.slice(0, run).reverse()
    for (let i = 0; i < run; i++) list[i] = reversed[i]
  } else {
    while (run < length && !(by(list[run], list[run - 1]) < 0)) run++
  }
  for (let i = run; i < length; i++) {
    const pivot = list[i]
    let low = 0
    let high = i
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2)
      if (by(pivot, list[middle]) < 0) high = middle
      else low = middle + 1
    }
    for (let j = i; j > low; j--) list[j] = list[j - 1]
    list[low] = pivot
  }
  return list
}

function merged(left, right, by) {
  const list = []
  let i = 0
  let j = 0
  while (i < left.length && j < right.length) {
    if (by(right[j], left[i]) < 0) list.push(right[j++])
    else list.push(left[i++])
  }
  while (i < left.length) list.push(left[i++])
  while (j < right.length) list.push(right[j++])
  return list
}

function arraySort(list, by) {
  if (by === undefined) return $sortByText(list)
  if (typeof by !== 'function') throw new TypeError('The comparison function must be either a function or undefined')
  const present = []
  for (const element of list) if (element !== undefined) present.push(element)
  const result = sorted(present, by)
  for (let i = 0; i < list.length; i++) list[i] = i < result.length ? result[i] : undefined
  return list
}

function arrayToSorted(list, by) {
  if (by !== undefined && typeof by !== 'function') {
    throw new TypeError('The comparison function must be either a function or undefined')
  }
  return arraySort(list.slice(), by)
}

function arrayFrom(_, source, f) {
  if (f === undefined) return $arrayFrom(source)
  callable(f)
  const list = $arrayFrom(source)
  for (let i = 0; i < list.length; i++) list[i] = f(list[i], i)
  return list
}

function stringReplace(text, part, by) {
  if (typeof by !== 'function') return $replace(text, part, by, false)
  const match = String(part)
  const at = text.indexOf(match)
  if (at < 0) return text
  return text.slice(0, at) + String(by(match, at, text)) + text.slice(at + match.length)
}

function stringReplaceAll(text, part, by) {
  if (typeof by !== 'function') return $replace(text, part, by, true)
  const match = String(part)
  const places = []
  for (let at = text.indexOf(match); at >= 0; at = text.indexOf(match, at + (match.length || 1))) {
    places.push(at)
    if (at >= text.length) break
  }
  let replaced = ''
  let done = 0
  for (const at of places) {
    replaced += text.slice(done, at) + String(by(match, at, text))
    done = at + match.length
  }
  return replaced + text.slice(done)
}

function revived(holder, key, f) {
  const value = holder[key]
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) value[i] = revived(value, i, f)
    } else {
      const kept = {}
      for (const name of Object.keys(value)) {
        const inner = revived(value, name, f)
        if (inner !== undefined) kept[name] = inner
      }
      return f(String(key), kept)
    }
  }
  return f(String(key), value)
}

function jsonParse(_, text, f) {
  const value = $jsonParse(text)
  return typeof f === 'function' ? revived({ '': value }, '', f) : value
}

function replaced(holder, key, f, open) {
  const value = f(String(key), holder[key])
  if (typeof value !== 'object' || value === null) return value
  // A cycle: throws the error that `JSON.stringify` throws without a function.
  if (open.includes(value)) return $jsonStringify(value)
  open.push(value)
  const list = Array.isArray(value)
  const copy = list ? [] : {}
  for (const name of Object.keys(value)) copy[name] = replaced(value, name, f, open)
  open.pop()
  return copy
}

function jsonStringify(_, value, f, indent) {
  return typeof f === 'function'
    ? $jsonStringify(replaced({ '': value }, '', f, []), undefined, indent)
    : $jsonStringify(value, f, indent)
}
