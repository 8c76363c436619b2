/// Text of an XML 1.0 document.
///
/// Source: XML 1.0 (fifth edition), production 2 (characters) and sections 2.4 and 3.3.3: what is no character becomes U+FFFD,
/// white space in attributes a reference, so that it is read back as it was.
package struct XML {
  private(set) var bytes: [UInt8] = []

  mutating func raw(_ markup: String) { bytes += markup.utf8 }

  mutating func attribute(_ name: String, _ value: String) {
    raw(" \(name)=\"")
    escape(value, isAttribute: true)
    raw("\"")
  }

  mutating func text(_ text: String) { escape(text, isAttribute: false) }

  /// A text between elements, or between the quotes of an attribute.
  package static func escaped(_ text: String, isAttribute: Bool = false) -> String {
    var xml = XML()
    xml.escape(text, isAttribute: isAttribute)
    return String(decoding: xml.bytes, as: UTF8.self)
  }

  private mutating func escape(_ text: String, isAttribute: Bool) {
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x26: raw("&amp;")
      case 0x3C: raw("&lt;")
      case 0x3E: raw("&gt;")
      case 0x22 where isAttribute: raw("&quot;")
      case 0x09 where isAttribute: raw("&#9;")
      case 0x0A where isAttribute: raw("&#10;")
      case 0x0D: raw("&#13;")
      case 0x09, 0x0A: bytes.append(UInt8(scalar.value))
      case ..<0x20, 0xFFFE, 0xFFFF: raw("\u{FFFD}")
      case ..<0x80: bytes.append(UInt8(scalar.value))
      default: bytes += String(scalar).utf8
      }
    }
  }
}
