/// Reads the HTML that reports are made of: elements, attributes and texts, and whether every element is closed.
struct TinyDocument {
  struct Element {
    var name: String
    var attributes: [String: String]
    /// Position of the element around it.
    var parent: Int?
    /// What stands directly in it, references resolved.
    var text = ""
  }

  private(set) var elements: [Element] = []
  /// What is not as it should be: tags without partners, attributes without quotes.
  private(set) var mistakes: [String] = []

  private static let empty: Set<String> = ["meta", "link", "br", "input", "img", "hr"]

  init(_ text: String) {
    var open: [Int] = []
    var rest = Substring(text)
    while let next = rest.firstIndex(of: "<") {
      add(rest[..<next], to: open.last)
      rest = rest[next...]
      if rest.hasPrefix("<!") || rest.hasPrefix("<?") {
        rest = rest[(rest.firstIndex(of: ">") ?? rest.index(before: rest.endIndex))...].dropFirst()
        continue
      }
      if rest.hasPrefix("</") {
        let end = rest.firstIndex(of: ">") ?? rest.endIndex
        let name = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
        if let last = open.last, elements[last].name == name {
          open.removeLast()
        } else {
          mistakes.append("</\(name)> closes <\(open.last.map { elements[$0].name } ?? "nothing")>")
          if let position = open.lastIndex(where: { elements[$0].name == name }) { open.removeSubrange(position...) }
        }
        rest = end < rest.endIndex ? rest[rest.index(after: end)...] : ""
        continue
      }
      rest = rest.dropFirst()
      let name = String(rest.prefix { $0.isLetter || $0.isNumber })
      if name.isEmpty { mistakes.append("a bare < before \(rest.prefix(20))") }
      rest = rest.dropFirst(name.count)
      var element = Element(name: name, attributes: [:], parent: open.last)
      let isClosed = attributes(&rest, of: &element)
      elements.append(element)
      if isClosed || Self.empty.contains(name) { continue }
      open.append(elements.count - 1)
      if name == "script" || name == "style" {
        let body = rest.range(ofText: "</\(name)>").map { rest[..<$0] } ?? rest
        elements[elements.count - 1].text = String(body)
        rest = rest[body.endIndex...]
      }
    }
    for index in open { mistakes.append("<\(elements[index].name)> is never closed") }
  }

  private mutating func add(_ text: Substring, to element: Int?) {
    guard let element else { return }
    elements[element].text += Self.plain(text)
  }

  /// Reads up to the `>`; true: the tag closes itself.
  private mutating func attributes(_ rest: inout Substring, of element: inout Element) -> Bool {
    while let first = rest.first {
      if first == ">" {
        rest = rest.dropFirst()
        return false
      }
      if rest.hasPrefix("/>") {
        rest = rest.dropFirst(2)
        return true
      }
      if first.isWhitespace {
        rest = rest.dropFirst()
        continue
      }
      let key = String(rest.prefix { $0 != "=" && $0 != ">" && $0 != "/" && !$0.isWhitespace })
      if key.isEmpty { break }
      rest = rest.dropFirst(key.count)
      guard rest.first == "=" else {
        element.attributes[key] = ""
        continue
      }
      rest = rest.dropFirst()
      guard rest.first == "\"" else {
        mistakes.append("the value of \(key) stands without quotes")
        return false
      }
      rest = rest.dropFirst()
      let value = rest.prefix { $0 != "\"" }
      if element.attributes.updateValue(Self.plain(value), forKey: key) != nil {
        mistakes.append("<\(element.name)> has two of \(key)")
      }
      rest = rest[value.endIndex...].dropFirst()
    }
    return false
  }

  private static func plain(_ text: Substring) -> String {
    guard text.contains("&") else { return String(text) }
    var out = ""
    var rest = text
    while let and = rest.firstIndex(of: "&") {
      out += rest[..<and]
      let names = ["&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": "\"", "&#39;": "'"]
      if let (name, value) = names.first(where: { rest[and...].hasPrefix($0.key) }) {
        out += value
        rest = rest[and...].dropFirst(name.count)
      } else {
        out += "&"
        rest = rest[and...].dropFirst()
      }
    }
    return out + rest
  }

  func all(_ name: String) -> [Int] { elements.indices.filter { elements[$0].name == name } }

  func isInside(_ index: Int, where fits: (Element) -> Bool) -> Bool {
    var current = elements[index].parent
    while let parent = current {
      if fits(elements[parent]) { return true }
      current = elements[parent].parent
    }
    return false
  }

  /// All text in an element.
  func text(of index: Int) -> String {
    var text = ""
    for position in index..<elements.count where position == index || isBelow(position, index) {
      text += elements[position].text
    }
    return text
  }

  private func isBelow(_ position: Int, _ index: Int) -> Bool {
    var current = elements[position].parent
    while let parent = current, parent >= index {
      if parent == index { return true }
      current = elements[parent].parent
    }
    return false
  }
}

extension Substring {
  fileprivate func range(ofText word: String) -> Substring.Index? {
    var position = startIndex
    while let found = self[position...].firstIndex(of: "<") {
      if self[found...].hasPrefix(word) { return found }
      position = index(after: found)
    }
    return nil
  }
}
