import BatonModel

/// Reads Cobertura's XML (http://cobertura.sourceforge.net/xml/coverage-04.dtd), as coverage.py, gcovr and others write it: the
/// lines of each class, under its file's name.
struct CoberturaReader: ~Copyable {
  private var xml: XMLPull
  private let sink: ResultSink
  private var coverage: CoverageLines
  private var rootIsKnown = false

  init(_ input: consuming ByteInput, _ sink: ResultSink) {
    xml = XMLPull(input)
    self.sink = sink
    coverage = CoverageLines(sink)
  }

  mutating func run() {
    while sink.wantsMore, !coverage.isFull {
      switch xml.next() {
      case .start: begin()
      case .end: if xml.isNamed("class") { coverage.finish() }
      case .text: break
      case .finished:
        tellOddities()
        return coverage.finish()
      case .malformed:
        tellOddities()
        sink.problem(xml.failure, line: xml.input.line)
        return coverage.finish()
      }
      if !xml.oddities.isEmpty { tellOddities() }
    }
  }

  private mutating func tellOddities() {
    for oddity in xml.oddities { sink.problem(oddity, line: xml.input.line) }
    xml.oddities.removeAll()
  }

  private mutating func begin() {
    if !rootIsKnown {
      rootIsKnown = true
      if !xml.isNamed("coverage") {
        sink.problem(
          "no Cobertura: the document begins with <\(String(decoding: xml.name.prefix(80), as: UTF8.self))>",
          line: xml.input.line)
      }
    }
    if xml.isNamed("class") {
      if let file = xml.string("filename"), !file.isEmpty {
        coverage.begin(file)
      } else {
        coverage.finish()
        sink.problem("a class without a file's name", line: xml.input.line)
      }
    } else if xml.isNamed("line") {
      guard let number = xml.string("number").flatMap({ Int($0) }),
        let count = xml.string("hits").flatMap({ CoverageLines.count($0[...]) })
      else { return sink.problem("a line without number and hits", line: xml.input.line) }
      coverage.add(line: number, count: count, at: xml.input.line)
    }
  }
}
