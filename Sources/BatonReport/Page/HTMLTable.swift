/// A table of a report. On a narrow screen each row is laid out as a small block: roles and labels stand in the markup, so that
/// it stays a table for a screen reader, and every value keeps its name.
struct HTMLTable {
  struct Column {
    enum Kind: String {
      case badge, name, step, number, text
      /// A picture of the number beside it, left out where there is no room.
      case bar
      /// What the row is about, as its head.
      case head
    }

    var title: String
    var kind: Kind

    init(_ title: String, _ kind: Kind = .text) {
      self.title = title
      self.kind = kind
    }
  }

  var caption: String
  var columns: [Column]
  var id: String?

  init(_ caption: String, id: String? = nil, _ columns: Column...) {
    self.caption = caption
    self.id = id
    self.columns = columns
  }

  /// - Parameter rows: a cell for each column; an empty one is shown as a dash.
  func html(_ rows: [[HTML]]) -> HTML {
    let heads = columns.map { column -> HTML in
      let title: HTML = column.kind == .bar ? "<span class=\"sr\">\(column.title)</span>" : "\(column.title)"
      return "<th scope=\"col\" role=\"columnheader\" class=\"\(column.kind.rawValue)\">\(title)</th>"
    }
    let name: HTML? = id.map { " id=\"\($0)\"" }
    return """
      <div class="scroll" role="region" aria-label="\(caption)" tabindex="0"><table role="table"\(name)>
      <caption>\(caption)</caption>
      <thead role="rowgroup"><tr role="row">\(HTML.joined(heads))</tr></thead>
      <tbody role="rowgroup">
      \(HTML.joined(rows.map(row)))</tbody>
      </table></div>

      """
  }

  private func row(_ cells: [HTML]) -> HTML {
    let cells = zip(columns, cells).map { column, cell -> HTML in
      let none: HTML = cell.isEmpty ? " none" : HTML()
      let shown: HTML = cell.isEmpty && column.kind != .bar ? "–" : cell
      let label: HTML? = column.kind == .number || column.kind == .text ? " data-label=\"\(column.title)\"" : nil
      return column.kind == .head
        ? "<th scope=\"row\" role=\"rowheader\" class=\"head\">\(shown)</th>"
        : "<td role=\"cell\" class=\"\(column.kind.rawValue)\(none)\"\(label)>\(shown)</td>"
    }
    return "<tr role=\"row\">\(HTML.joined(cells))</tr>\n"
  }
}
