import BatonLua

/// The value of a string token, and where each of its bytes stands in the source.
struct LuaString {
  /// As Lua reads it. Numeric escapes stay as they are: no rule looks for what they may mean.
  let value: [UInt8]
  /// The place in the source of each byte of the value.
  let places: [Int]
  let isLong: Bool
  /// The quotation mark; 0 of a long string.
  let quote: UInt8

  init(_ token: LuaToken, in source: [UInt8]) {
    let range = token.range
    var value: [UInt8] = []
    var places: [Int] = []
    let first = source[range.lowerBound]
    isLong = first == UInt8(ascii: "[")
    quote = isLong ? 0 : first
    if isLong {
      var start = range.lowerBound + 1
      while start < range.upperBound, source[start] == UInt8(ascii: "=") { start += 1 }
      let level = start - range.lowerBound - 1
      start += 1
      if start < range.upperBound, source[start] == 0x0A { start += 1 }
      for place in start..<max(start, range.upperBound - 2 - level) {
        value.append(source[place])
        places.append(place)
      }
    } else {
      var place = range.lowerBound + 1
      let end = range.upperBound - 1
      while place < end {
        var byte = source[place]
        let start = place
        if byte == UInt8(ascii: "\\"), place + 1 < end {
          place += 1
          switch source[place] {
          case UInt8(ascii: "n"): byte = 0x0A
          case UInt8(ascii: "t"): byte = 0x09
          case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"), 0x0A: byte = source[place]
          default: place -= 1
          }
        }
        value.append(byte)
        places.append(start)
        place += 1
      }
    }
    self.value = value
    self.places = places
  }
}
