import BatonModel
import Glibc

/// What came out, for people and for programs.
enum Report {
  static func table(_ results: [Result]) -> String {
    var rows = [["work", "baton", "peer", "ratio", "target", "verdict", "others"]]
    for result in results {
      let unit = result.work.unit.rawValue
      rows.append([
        result.work.title, "\(figure(result.baton)) \(unit)",
        result.peer.map { "\(result.figures[1].name) \(figure($0)) \(unit)" } ?? "",
        result.ratio.map { "\(figure($0))×" } ?? "", target(result.work), result.verdict.rawValue,
        result.figures.dropFirst(2).map { "\($0.name) \(figure($0.values.median)) \(unit)" }.joined(separator: ", "),
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }

  static func json(_ results: [Result], _ options: BenchOptions) -> String {
    let rows = results.map { result -> Value in
      .map([
        "work": .string(result.work.key),
        "title": .string(result.work.title),
        "unit": .string(result.work.unit.rawValue),
        "figures": .map(
          Dictionary(uniqueKeysWithValues: result.figures.map { ($0.name, Value.list($0.values.map { .number($0) })) })),
        "median": .number(result.baton),
        "ratio": result.ratio.map { .number($0) } ?? .null,
        "target": .string(target(result.work)),
        "verdict": .string(result.verdict.rawValue),
      ])
    }
    let machine: Value = .map([
      "cores": .integer(Int64(sysconf(Int32(_SC_NPROCESSORS_ONLN)))), "rounds": .integer(Int64(options.rounds)),
    ])
    return JSON.encodePretty(.map(["machine": machine, "results": .list(rows)]))
  }

  private static func target(_ work: Work) -> String {
    switch work.target {
    case .ratio(let most): "<= \(figure(most))×"
    case .atMost(let most): "<= \(figure(most)) \(work.unit.rawValue)"
    case .atLeast(let least): ">= \(figure(least)) \(work.unit.rawValue)"
    case .timesPeers(let peers):
      ">= " + peers.map { "\(figure($0.least))× \($0.peer)" }.joined(separator: ", ")
    }
  }

  /// Three significant digits.
  private static func figure(_ number: Double) -> String {
    let decimals = number >= 100 ? 0 : number >= 10 ? 1 : number >= 1 ? 2 : 3
    let factor = [1.0, 10, 100, 1000][decimals]
    let scaled = Int((number * factor).rounded())
    guard decimals > 0 else { return String(scaled) }
    let fraction = String(scaled % Int(factor))
    return "\(scaled / Int(factor))." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }
}
