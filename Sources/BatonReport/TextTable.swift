/// Rows of cells, aligned.
struct TextTable {
  struct Cell {
    var text: String
    var shade: Palette.Shade?

    init(_ text: String, _ shade: Palette.Shade? = nil) {
      self.text = text
      self.shade = shade
    }
  }

  let head: [String]
  /// Columns whose cells stand at the right edge.
  let rightAligned: Set<Int>
  private(set) var rows: [[Cell]] = []

  init(_ head: [String], rightAligned: Set<Int> = []) {
    self.head = head
    self.rightAligned = rightAligned
  }

  mutating func add(_ cells: [Cell]) { rows.append(cells) }

  func text(_ palette: Palette, indent: Int = 0) -> String {
    var widths = head.map { DisplayWidth.of($0) }
    for row in rows {
      for (column, cell) in row.enumerated() { widths[column] = max(widths[column], DisplayWidth.of(cell.text)) }
    }
    var text = ""
    func add(_ cells: [Cell]) {
      text += String(repeating: " ", count: indent)
      let last = cells.lastIndex { !$0.text.isEmpty } ?? -1
      for (column, cell) in cells.enumerated() where column <= last {
        let fill = String(repeating: " ", count: widths[column] - DisplayWidth.of(cell.text))
        let shown = cell.shade.map { palette($0, cell.text) } ?? cell.text
        if rightAligned.contains(column) {
          text += fill + shown
        } else {
          text += column == last ? shown : shown + fill
        }
        if column < last { text += "  " }
      }
      text += "\n"
    }
    if !head.allSatisfy(\.isEmpty) { add(head.map { Cell($0, .dim) }) }
    rows.forEach(add)
    return text
  }
}
