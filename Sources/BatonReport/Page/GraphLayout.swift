/// Where the nodes and edges of a graph without cycles stand: layers from left to right.
///
/// Source: K. Sugiyama, S. Tagawa, M. Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981):
/// longest-path layers, long edges cut by dummies, crossings reduced by barycentres, then each node drawn to its neighbours.
struct GraphLayout {
  struct Box {
    var x = 0.0
    var y = 0.0
    var width = 0.0
    var height = 0.0
  }

  /// The points that an edge goes through, from the right side of its first box to the left side of its last.
  struct Path {
    var from: Int
    var to: Int
    var points: [(x: Double, y: Double)]
  }

  private(set) var boxes: [Box]
  private(set) var paths: [Path] = []
  private(set) var width = 0.0
  private(set) var height = 0.0

  static let gap = (x: 46.0, y: 14.0)
  static let boxHeight = 40.0
  private static let dummyHeight = 10.0

  /// One place in a layer: a node, or a bend of an edge.
  private struct Cell {
    var height: Double
    var width: Double
    var y = 0.0
    var left: [Int] = []
    var right: [Int] = []
  }

  init(widths: [Double], edges: [(from: Int, to: Int)]) {
    boxes = widths.map { Box(width: $0, height: Self.boxHeight) }
    let layer = Self.layers(count: widths.count, edges)
    var cells = widths.map { Cell(height: Self.boxHeight, width: $0) }
    var layerOf = layer
    var chains: [[Int]] = []
    for edge in edges {
      var chain = [edge.from]
      for between in layer[edge.from] + 1..<max(layer[edge.from] + 1, layer[edge.to]) {
        cells.append(Cell(height: Self.dummyHeight, width: 0))
        layerOf.append(between)
        chain.append(cells.count - 1)
      }
      chain.append(edge.to)
      for (first, second) in zip(chain, chain.dropFirst()) {
        cells[first].right.append(second)
        cells[second].left.append(first)
      }
      chains.append(chain)
    }
    var rows = [[Int]](repeating: [], count: (layerOf.max() ?? 0) + 1)
    for index in cells.indices { rows[layerOf[index]].append(index) }
    rows = Self.ordered(rows, cells)
    Self.place(rows, &cells)
    let top = cells.map { $0.y - $0.height / 2 }.min() ?? 0
    for index in cells.indices { cells[index].y -= top }
    finish(rows, cells, chains)
  }

  private mutating func finish(_ rows: [[Int]], _ cells: [Cell], _ chains: [[Int]]) {
    var x = 0.0
    var left = [Double](repeating: 0, count: cells.count)
    for row in rows {
      let widest = row.map { cells[$0].width }.max() ?? 0
      for index in row { left[index] = x + (widest - cells[index].width) / 2 }
      x += widest + Self.gap.x
    }
    width = max(0, x - Self.gap.x)
    for index in boxes.indices {
      boxes[index].x = left[index]
      boxes[index].y = cells[index].y - Self.boxHeight / 2
    }
    height = cells.map { $0.y + $0.height / 2 }.max() ?? 0
    for chain in chains {
      guard let first = chain.first, let last = chain.last else { continue }
      var points = [(x: left[first] + cells[first].width, y: cells[first].y)]
      for index in chain.dropFirst().dropLast() { points.append((left[index], cells[index].y)) }
      points.append((left[last], cells[last].y))
      paths.append(Path(from: first, to: last, points: points))
    }
  }

  /// By the longest way from a node that waits for nothing. Edges of a cycle, which a checked plan has none of, are ignored.
  private static func layers(count: Int, _ edges: [(from: Int, to: Int)]) -> [Int] {
    var layer = [Int](repeating: 0, count: count)
    var waits = [Int](repeating: 0, count: count)
    var next = [[Int]](repeating: [], count: count)
    for edge in edges {
      waits[edge.to] += 1
      next[edge.from].append(edge.to)
    }
    var ready = (0..<count).filter { waits[$0] == 0 }
    while let node = ready.popLast() {
      for follower in next[node] {
        layer[follower] = max(layer[follower], layer[node] + 1)
        waits[follower] -= 1
        if waits[follower] == 0 { ready.append(follower) }
      }
    }
    return layer
  }

  private static func ordered(_ rows: [[Int]], _ cells: [Cell]) -> [[Int]] {
    var rows = rows
    var best = rows
    var least = crossings(rows, cells)
    for sweep in 0..<12 where least > 0 {
      let forward = sweep.isMultiple(of: 2)
      for offset in rows.indices.dropFirst() {
        let index = forward ? offset : rows.count - 1 - offset
        let fixed = rows[forward ? index - 1 : index + 1]
        var place: [Int: Int] = [:]
        for (position, cell) in fixed.enumerated() { place[cell] = position }
        let weighted = rows[index].enumerated().map { position, cell in
          let known = (forward ? cells[cell].left : cells[cell].right).compactMap { place[$0] }
          let mean = known.isEmpty ? Double(position) : Double(known.reduce(0, +)) / Double(known.count)
          return (mean, position, cell)
        }
        rows[index] = weighted.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
      }
      let now = crossings(rows, cells)
      if now < least { (least, best) = (now, rows) }
    }
    return best
  }

  private static func crossings(_ rows: [[Int]], _ cells: [Cell]) -> Int {
    var sum = 0
    for (row, next) in zip(rows, rows.dropFirst()) {
      var place: [Int: Int] = [:]
      for (position, cell) in next.enumerated() { place[cell] = position }
      var ends: [Int] = []
      for cell in row { ends += cells[cell].right.compactMap { place[$0] }.sorted() }
      // Pairs in the wrong order; rows are short.
      for first in ends.indices {
        for second in first + 1..<max(first + 1, ends.count) where ends[first] > ends[second] { sum += 1 }
      }
    }
    return sum
  }

  /// Each cell is drawn to the middle of its neighbours, and pushed no closer to the next than the gap.
  private static func place(_ rows: [[Int]], _ cells: inout [Cell]) {
    for row in rows {
      var y = 0.0
      for index in row {
        cells[index].y = y + cells[index].height / 2
        y += cells[index].height + gap.y
      }
      for index in row { cells[index].y -= (y - gap.y) / 2 }
    }
    for sweep in 0..<16 {
      let forward = sweep.isMultiple(of: 2)
      for offset in rows.indices {
        let row = rows[forward ? offset : rows.count - 1 - offset]
        let wanted = row.map { index -> Double in
          let near = forward ? cells[index].left : cells[index].right
          guard !near.isEmpty else { return cells[index].y }
          return near.reduce(0) { $0 + cells[$1].y } / Double(near.count)
        }
        spread(row, wanted, &cells)
      }
    }
  }

  /// The mean of what pushing downwards and what pushing upwards gives.
  private static func spread(_ row: [Int], _ wanted: [Double], _ cells: inout [Cell]) {
    func distance(_ first: Int, _ second: Int) -> Double { (cells[first].height + cells[second].height) / 2 + gap.y }
    var down = wanted
    var up = wanted
    for position in row.indices.dropFirst() {
      down[position] = max(down[position], down[position - 1] + distance(row[position - 1], row[position]))
    }
    for position in row.indices.dropLast().reversed() {
      up[position] = min(up[position], up[position + 1] - distance(row[position], row[position + 1]))
    }
    for position in row.indices { cells[row[position]].y = (down[position] + up[position]) / 2 }
  }
}
