/// The test that a file of coverage tells of where nothing in it names it.
enum TracedTest {
  /// The file's name without folders and without its last extension, `%2F` and the like read as what they stand for; nil: nothing
  /// is left of it.
  static func name(ofFile path: String) -> String? {
    var name = Array((path.split(separator: "/").last ?? "").utf8)[...]
    if let point = name.lastIndex(of: UInt8(ascii: ".")), point > name.startIndex { name = name[..<point] }
    var bytes: [UInt8] = []
    while let byte = name.popFirst() {
      if byte == UInt8(ascii: "%"), name.count >= 2,
        let code = UInt8(String(decoding: name.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(code)
        name = name.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }
}
