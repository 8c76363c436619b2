import BatonModel
import BatonSystem

/// The `dot` program, run as a filter.
enum Graphviz {
  static let cure = "install it (Debian: apt-get install graphviz), or use --format mermaid, dot or ascii"

  /// Draws a graph in the DOT language as SVG.
  static func svg(_ dot: String) throws(BatonError) -> [UInt8] {
    guard let program = Tool.find("dot") else {
      throw BatonError(.usage, "--format svg needs Graphviz: there is no program dot", cure: cure)
    }
    let limit = Span(seconds: 300)
    guard let (output, status) = try Tool.filter(program, ["dot", "-Tsvg"], input: Array(dot.utf8), limit: limit)
    else {
      throw BatonError(
        .failure, "dot was ended: it has not drawn the graph within \(limit.text)",
        cure: "use --format mermaid, dot or ascii")
    }
    guard status == 0, !output.isEmpty else {
      throw BatonError(.failure, "dot failed with exit code \(status)", cure: "its message stands above")
    }
    return output
  }
}

/// Programs of others that a command needs.
enum Tool {
  /// The path of a program, as a shell would find it.
  static func find(_ name: String) -> String? { Child.find(name) }

  /// Runs a program with this input, and returns its output and exit code; what it writes to standard error is passed on.
  ///
  /// - Parameters:
  ///   - arguments: its own name first.
  ///   - maximum: how many bytes it may print.
  /// - Returns: nil when it was ended, since it took longer than the limit, or printed more than the maximum.
  static func filter(
    _ program: String, _ arguments: [String], input: [UInt8], limit: Span, maximum: Int = .max
  ) throws(BatonError) -> ([UInt8], Int32)? {
    var child = Child(program, Array(arguments.dropFirst()))
    child.name = arguments.first
    child.input = .bytes(input)
    let end = try child.run(limit: limit, maximum: maximum)
    return end.exceeded == nil ? (end.output, end.code) : nil
  }

  /// Runs a program with this one's input, output and terminal, to its end.
  static func pass(_ program: String, _ arguments: [String]) throws(BatonError) -> Int32 {
    var child = Child(program, Array(arguments.dropFirst()))
    child.name = arguments.first
    child.input = .mine
    child.output = .mine
    return try child.run().code
  }
}
