import BatonReport

/// As much of a terminal as a live view needs: printable characters, CR, LF, cursor up, erase in line and display, colours and
/// private modes (which are ignored). What scrolls off the top is kept. Anything else is a fault.
struct TinyTerminal {
  private(set) var width: Int
  private(set) var height: Int
  private(set) var scrollback: [String] = []
  private(set) var faults: [String] = []
  private var cells: [[Character]]
  private var row = 0
  private var column = 0

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    cells = Array(repeating: [], count: height)
  }

  /// The lines on the screen, without blanks at their ends and empty lines below the last.
  var screen: [String] {
    var lines = cells.map(Self.line)
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  /// Everything that was ever written and not drawn over, top to bottom.
  var all: [String] { scrollback + screen }

  private static func line(_ cells: [Character]) -> String {
    // A wide character fills its second cell with nothing.
    var text = String(cells.filter { $0 != "\u{0}" })
    while text.last == " " { text.removeLast() }
    return text
  }

  mutating func feed(_ bytes: [UInt8]) {
    var input = Substring(String(decoding: bytes, as: UTF8.self))
    while let character = input.popFirst() {
      switch character {
      case "\u{1B}": escape(&input)
      // The terminal's driver makes CR LF of a line feed (ONLCR).
      case "\r\n", "\n":
        column = 0
        lineFeed()
      case "\r": column = 0
      default: put(character)
      }
    }
  }

  /// As terminals that reflow do: a line that has become too wide takes several rows.
  mutating func resize(width: Int, height: Int) {
    var lines: [[Character]] = []
    var newRow = 0
    for (index, line) in cells.enumerated() {
      if index == row { newRow = lines.count }
      if line.isEmpty { lines.append([]) }
      var rest = line[...]
      while !rest.isEmpty {
        lines.append(Array(rest.prefix(width)))
        rest = rest.dropFirst(width)
      }
    }
    while lines.count > height, lines.last?.isEmpty == true, lines.count - 1 > newRow { lines.removeLast() }
    while lines.count > height {
      scrollback.append(Self.line(lines.removeFirst()))
      newRow -= 1
    }
    while lines.count < height { lines.append([]) }
    cells = lines
    self.width = width
    self.height = height
    row = max(0, newRow)
    column = 0
  }

  private mutating func lineFeed() {
    if row < height - 1 {
      row += 1
    } else {
      scrollback.append(Self.line(cells.removeFirst()))
      cells.append([])
    }
  }

  private mutating func put(_ character: Character) {
    let size = DisplayWidth.of(character)
    if column + size > width {
      column = 0
      lineFeed()
    }
    while cells[row].count < column { cells[row].append(" ") }
    for (offset, cell) in ([character] + Array(repeating: "\u{0}", count: max(0, size - 1))).enumerated() {
      if column + offset < cells[row].count { cells[row][column + offset] = cell } else { cells[row].append(cell) }
    }
    column += size
  }

  private mutating func escape(_ input: inout Substring) {
    guard input.popFirst() == "[" else { return faults.append("an escape that is no CSI") }
    var parameters = ""
    while let character = input.popFirst() {
      guard character.isLetter else {
        parameters.append(character)
        continue
      }
      switch (character, parameters) {
      case ("m", _), ("h", "?2026"), ("l", "?2026"): break
      case ("A", _): row = max(0, row - (Int(parameters) ?? 1))
      case ("K", ""): cells[row] = Array(cells[row].prefix(column))
      case ("J", ""):
        cells[row] = Array(cells[row].prefix(column))
        for below in (row + 1)..<max(row + 1, height) { cells[below] = [] }
      default: faults.append("CSI \(parameters)\(character)")
      }
      return
    }
    faults.append("an escape without an end")
  }
}
