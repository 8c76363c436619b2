/// Numbers of JSON that would not be the same once they were read: two of them might become one.
enum InexactNumber {
  /// The first number in a line of JSON that fits neither into 64 bits as a whole number nor, with its digits, into a double
  /// (17 digits, IEEE 754).
  static func find(in bytes: [UInt8]) -> Range<Int>? {
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") {
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
          index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        index += 1
      } else if byte.isDigit || byte == UInt8(ascii: "-") {
        let start = index
        while index < bytes.count, isOfNumber(bytes[index]) { index += 1 }
        if index - start > 15 || bytes[start..<index].contains(where: { $0 | 0x20 == UInt8(ascii: "e") }),
          !isExact(bytes[start..<index])
        {
          return start..<index
        }
      } else {
        index += 1
      }
    }
    return nil
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    byte.isDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
      || byte | 0x20 == UInt8(ascii: "e")
  }

  private static func isExact(_ number: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: number, as: UTF8.self)
    if Int64(text) != nil { return true }
    let mantissa = number.prefix { $0 | 0x20 != UInt8(ascii: "e") }
    let digits = mantissa.filter(\.isDigit).drop { $0 == UInt8(ascii: "0") }
    let isWhole = !mantissa.contains(UInt8(ascii: ".")) && mantissa.count == number.count
    // What is no number is told by who reads it.
    guard let value = Double(text) else { return true }
    return value.isFinite && !isWhole && digits.count <= 17
  }
}
