import BatonModel
import CSodium

/// Masks single values. The same input under one key and method has the same pseudonym everywhere.
struct Masker: Sendable {
  private let shape: ShapeMask
  private let local: ShapeMask
  private let domain: ShapeMask
  private let names: KeyedHash
  private let dates: KeyedHash
  private let token: [UInt8]

  init(_ key: MaskKey) {
    shape = ShapeMask(key, "shape")
    local = ShapeMask(key, "email")
    domain = ShapeMask(key, "domain")
    names = KeyedHash(key, "name")
    dates = KeyedHash(key, "date")
    token = key.subkey("token")
  }

  /// Appends the pseudonym of a value.
  ///
  /// - Parameters:
  ///   - by: what a date is moved by; nil: by itself.
  ///   - others: what the row's other masked columns hold, for texts.
  func mask(
    _ value: UnsafeRawBufferPointer, _ method: MaskRules.Method, by: UnsafeRawBufferPointer? = nil,
    others: Neighbours = Neighbours(), to output: inout [UInt8]
  ) {
    // Nothing stands for nothing.
    if value.isEmpty { return }
    switch method {
    case .keep: output.append(contentsOf: value)
    case .empty: break
    case .redact: output.append(contentsOf: "***".utf8)
    case .shape: masked(value, shape, &output)
    case .email: email(value, &output)
    case .name: name(value, &output)
    case .token: token(value, &output)
    case .date(let days, _): date(value, days, by ?? value, &output)
    case .text: text(value, others, &output)
    }
  }

  @inline(__always)
  private func masked(_ value: UnsafeRawBufferPointer, _ mask: ShapeMask, _ output: inout [UInt8]) {
    let start = output.count
    output.append(contentsOf: value)
    mask.apply(&output, start..<output.count)
  }

  private func email(_ value: UnsafeRawBufferPointer, _ output: inout [UInt8]) {
    guard let at = value.lastIndex(of: UInt8(ascii: "@")), at > 0, at + 1 < value.count else {
      return masked(value, shape, &output)
    }
    // Case counts for nobody who reads mail.
    let start = output.count
    for byte in value[..<at] { output.append(byte.lowered) }
    local.apply(&output, start..<output.count)
    output.append(UInt8(ascii: "@"))
    let host = value[(at + 1)...]
    let end = host.lastIndex(of: UInt8(ascii: ".")) ?? value.count
    let hostStart = output.count
    for byte in value[(at + 1)..<end] { output.append(byte.lowered) }
    domain.apply(&output, hostStart..<output.count)
    output.append(contentsOf: ".example".utf8)
  }

  private func name(_ value: UnsafeRawBufferPointer, _ output: inout [UInt8]) {
    var number = 0
    var position = 0
    while position < value.count {
      guard value[position] != 0x20 else {
        output.append(0x20)
        position += 1
        continue
      }
      let end = value[position...].firstIndex(of: 0x20) ?? value.count
      let word = UnsafeRawBufferPointer(rebasing: value[position..<end])
      let list = number == 0 ? NameLists.first : NameLists.last
      var choice = Int(names(word) % UInt64(list.count))
      if word.elementsEqual(list[choice]) { choice = (choice + 1) % list.count }
      output.append(contentsOf: list[choice])
      number += 1
      position = end
    }
  }

  private func token(_ value: UnsafeRawBufferPointer, _ output: inout [UInt8]) {
    var sum = [UInt8](repeating: 0, count: 16)
    _ = crypto_generichash(
      &sum, 16, value.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(value.count), token, token.count)
    for byte in sum {
      output.append(Self.hexDigits[Int(byte >> 4)])
      output.append(Self.hexDigits[Int(byte & 15)])
    }
  }

  private static let hexDigits = Array("0123456789abcdef".utf8)

  /// What is no date, with a time of day at most, is masked by its shape.
  private func date(_ value: UnsafeRawBufferPointer, _ days: Int, _ by: UnsafeRawBufferPointer, _ output: inout [UInt8])
  {
    guard let day = CivilDay(value), Self.isTime(value[10...]) else { return masked(value, shape, &output) }
    let word = dates(by)
    let distance = Int(word % UInt64(days)) + 1
    let moved = day.adding(word >> 63 == 0 ? distance : -distance) ?? day.adding(word >> 63 == 0 ? -distance : distance)
    (moved ?? day).append(to: &output)
    output.append(contentsOf: value[10...])
  }

  /// Whether it is a time of day, as `T12:30:00.5+02:00` or ` 12:30`, or nothing.
  private static func isTime(_ text: Slice<UnsafeRawBufferPointer>) -> Bool {
    guard let first = text.first else { return true }
    guard first == UInt8(ascii: "T") || first == UInt8(ascii: " "), text.count <= longestTime else { return false }
    return text.dropFirst().allSatisfy { $0.isDigit || timeMarks.contains($0) }
  }

  private static let longestTime = 26
  private static let timeMarks = Array(":.,+-Z".utf8)

  // MARK: Texts

  private func text(_ value: UnsafeRawBufferPointer, _ others: Neighbours, _ output: inout [UInt8]) {
    var position = 0
    while position < value.count {
      if others.mayBegin(value[position]), let found = others.match(value, position) {
        // As the other column has it, so that its case tells nothing either.
        others.bytes.withUnsafeBytes { masked(UnsafeRawBufferPointer(rebasing: $0[found]), shape, &output) }
        position += found.count
        continue
      }
      let isStart = position == 0 || !value[position - 1].isOfAddress
      if isStart, let end = Self.address(value, position) {
        email(UnsafeRawBufferPointer(rebasing: value[position..<end]), &output)
        position = end
        continue
      }
      if value[position].isDigit {
        var end = position
        while end < value.count, value[end].isDigit { end += 1 }
        let number = UnsafeRawBufferPointer(rebasing: value[position..<end])
        if number.count >= 5 { masked(number, shape, &output) } else { output.append(contentsOf: number) }
        position = end
        continue
      }
      output.append(value[position])
      position += 1
    }
  }

  /// Where an e-mail address ends that begins here; nil: none does.
  private static func address(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int? {
    var position = start
    while position < text.count, text[position].isOfAddress { position += 1 }
    guard position > start, position < text.count, text[position] == UInt8(ascii: "@") else { return nil }
    position += 1
    let host = position
    while position < text.count, text[position].isOfHost { position += 1 }
    while position > host, text[position - 1] == UInt8(ascii: ".") { position -= 1 }
    guard text[host..<position].contains(UInt8(ascii: ".")) else { return nil }
    return position
  }
}

/// What the other masked columns of a row hold, to be found in its texts.
struct Neighbours {
  /// Shorter ones are part of too many words.
  static let shortest = 3
  private(set) var bytes: [UInt8] = []
  /// Longest first.
  private var ranges: [Range<Int>] = []
  /// Of those that are found as whole words alone, where they begin.
  private var words: Set<Int> = []
  /// Which bytes they begin with: the last five bits.
  private var begins: UInt32 = 0

  var isEmpty: Bool { ranges.isEmpty }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
    words.removeAll(keepingCapacity: true)
    begins = 0
  }

  /// A name: people are called by parts of it, too.
  mutating func add(name: some Collection<UInt8>) {
    add(name)
    let parts = name.split { $0 == 0x20 || $0 == 0x2D }
    if parts.count > 1 { for part in parts { add(part, isWord: true) } }
  }

  /// - Parameter isWord: it is found as a whole word alone, and not within others.
  mutating func add(_ value: some Collection<UInt8>, isWord: Bool = false) {
    guard value.count >= Self.shortest, let first = value.first else { return }
    let range = bytes.count..<(bytes.count + value.count)
    if isWord { words.insert(range.lowerBound) }
    bytes.append(contentsOf: value)
    ranges.insert(range, at: ranges.firstIndex { $0.count < range.count } ?? ranges.endIndex)
    begins |= 1 << UInt32(first & 31)
  }

  @inline(__always)
  func mayBegin(_ byte: UInt8) -> Bool { begins & 1 << UInt32(byte & 31) != 0 }

  /// The one with which the text goes on, whatever its case.
  func match(_ text: UnsafeRawBufferPointer, _ position: Int) -> Range<Int>? {
    next: for range in ranges where position + range.count <= text.count {
      for (offset, index) in range.enumerated() where text[position + offset].lowered != bytes[index].lowered {
        continue next
      }
      if words.contains(range.lowerBound) {
        let end = position + range.count
        if position > 0, text[position - 1].isOfWord { continue }
        if end < text.count, text[end].isOfWord { continue }
      }
      return range
    }
    return nil
  }
}

extension UInt8 {
  @inline(__always) var isDigit: Bool { self >= 0x30 && self <= 0x39 }
  @inline(__always) var lowered: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
  @inline(__always) var isLetterOrDigit: Bool { isDigit || (lowered >= 0x61 && lowered <= 0x7A) }
  /// Letters of other alphabets are two bytes and more.
  fileprivate var isOfWord: Bool { isLetterOrDigit || self >= 0x80 }
  fileprivate var isOfAddress: Bool {
    isLetterOrDigit || self == 0x2E || self == 0x5F || self == 0x2D || self == 0x2B || self == 0x25
  }
  fileprivate var isOfHost: Bool { isLetterOrDigit || self == 0x2E || self == 0x2D }
}

/// A day of the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms").
struct CivilDay: Hashable {
  /// Days since 1970-01-01.
  var number: Int

  init(number: Int) { self.number = number }

  init?(year: Int, month: Int, day: Int) {
    guard (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    number = era * 146_097 + dayOfEra - 719_468
    // 31 April is no day.
    let back = parts
    guard back.month == month, back.day == day else { return nil }
  }

  /// The first ten bytes, `YYYY-MM-DD`.
  init?(_ text: UnsafeRawBufferPointer) {
    guard text.count >= 10, text[4] == 0x2D, text[7] == 0x2D, text.count == 10 || !text[10].isDigit else { return nil }
    func value(_ range: Range<Int>) -> Int? {
      var result = 0
      for index in range {
        guard text[index].isDigit else { return nil }
        result = result * 10 + Int(text[index] - 0x30)
      }
      return result
    }
    guard let year = value(0..<4), let month = value(5..<7), let day = value(8..<10) else { return nil }
    self.init(year: year, month: month, day: day)
  }

  var parts: (year: Int, month: Int, day: Int) {
    let shifted = number + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  /// So many days later; nil: beyond the years 1 to 9999.
  func adding(_ days: Int) -> CivilDay? {
    (-719_162...2_932_896).contains(number + days) ? CivilDay(number: number + days) : nil
  }

  func append(to output: inout [UInt8]) {
    let (year, month, day) = parts
    func digits(_ value: Int, _ count: Int) {
      var divisor = 1
      for _ in 1..<count { divisor *= 10 }
      var rest = value
      for _ in 0..<count {
        output.append(0x30 + UInt8(rest / divisor % 10))
        rest %= divisor
        divisor /= 10
      }
    }
    digits(year, 4)
    output.append(0x2D)
    digits(month, 2)
    output.append(0x2D)
    digits(day, 2)
  }
}
