/// `ann@example.com` or `Ann Lee <ann@example.com>` (RFC 5322, section 3.4).
struct MailAddress: Hashable {
  var name: String
  /// What the mail server is told.
  var address: String

  /// nil where the text is no address.
  init?(_ text: String) {
    let whole = text.trimmingSpaces
    name = ""
    address = whole
    if whole.last == ">" {
      guard let start = whole.lastIndex(of: "<") else { return nil }
      address = String(whole[whole.index(after: start)...].dropLast())
      name = String(whole[..<start]).trimmingSpaces
      if name.count >= 2, name.first == "\"", name.last == "\"" { name = String(name.dropFirst().dropLast()) }
    }
    guard let at = address.lastIndex(of: "@"), at != address.startIndex, address.index(after: at) != address.endIndex,
      address.utf8.count <= 254, address.unicodeScalars.allSatisfy({ MailAddress.isPlain($0) }),
      name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else { return nil }
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value > 0x20 && scalar.value != 0x7F && !"<>(),;:\\\"[]".unicodeScalars.contains(scalar)
  }

  var domain: String { address.lastIndex(of: "@").map { String(address[address.index(after: $0)...]) } ?? "" }

  /// As it stands in a header.
  var header: String {
    guard !name.isEmpty else { return address }
    let isASCII = name.utf8.allSatisfy { $0 < 0x80 }
    return isASCII && !name.contains("=?")
      ? "\"\(name.escaping("\\\""))\" <\(address)>" : "\(MailText.encodedWords(name)) <\(address)>"
  }
}

extension String {
  var trimmingSpaces: String {
    var text = Substring(self)
    while text.first?.isWhitespace == true { text = text.dropFirst() }
    while text.last?.isWhitespace == true { text = text.dropLast() }
    return String(text)
  }
}
