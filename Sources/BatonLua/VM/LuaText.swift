import BatonModel

extension Span {
  /// A limit as a person wrote it: `10s`, not `10.0s`.
  var short: String {
    let text = self.text
    return text.hasSuffix(".0s") ? String(text.dropLast(3)) + "s" : text
  }
}

extension ByteSize {
  /// `512 MB`, not `512.0 MB`.
  var short: String {
    let text = self.text
    guard let point = text.range(of: ".0 ") else { return text }
    return String(text[..<point.lowerBound]) + " " + String(text[point.upperBound...])
  }
}

extension LuaWireError {
  /// After "an argument is": what is wrong with the value.
  var text: String {
    switch self {
    case .notUTF8(let text, let field):
      "a string that is not valid UTF-8: \"\(text)\"" + (field.isEmpty ? "" : ", in \"\(field)\"")
    case .malformed: "a value that can't be read"
    }
  }

  /// The same, of what stands in this field of a table.
  func inside(_ key: String) -> LuaWireError {
    switch self {
    case .notUTF8(let text, let field): .notUTF8(text: text, field: field.isEmpty ? key : "\(key).\(field)")
    case .malformed: self
    }
  }
}
