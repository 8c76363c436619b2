import BatonModel

/// What one `llvm-cov export` tells of one test: which files it executed something of, and where the functions are.
///
/// The test is the name of the file (``TracedTest``). Of each function there are its regions: first line and column, last line
/// and column, count, number of the file in `filenames`, number of the file that a macro is expanded in, kind; the first is the
/// function's whole body. Source: LLVM's `CoverageExporterJson.cpp`, "llvm.coverage.json.export".
struct LLVMTraces {
  private struct File {
    var isExecuted = false
    var functions: Set<ClosedRange<Int>> = []
  }

  private var files: [String: File] = [:]
  private var hasFunctions = false

  /// A region of the function that is being read, by the number of its file.
  struct Region {
    var lines: ClosedRange<Int>
    var isExecuted: Bool
    var file: Int

    init?(_ values: [Double]) {
      guard values.count >= 6, let first = Int(exactly: values[0]), let last = Int(exactly: values[2]),
        let file = Int(exactly: values[5]), first >= 1, last >= first, last <= CoverageLines.lineLimit, file >= 0
      else { return nil }
      lines = first...last
      isExecuted = values[4] > 0
      self.file = file
    }
  }

  mutating func add(_ regions: [Region], of names: [String]) {
    hasFunctions = true
    for (index, region) in regions.enumerated() where names.indices.contains(region.file) {
      let name = names[region.file]
      if region.isExecuted { files[name, default: File()].isExecuted = true }
      if index == 0 { files[name, default: File()].functions.insert(region.lines) }
    }
  }

  func tell(_ sink: ResultSink) {
    guard hasFunctions else { return sink.problem("no functions of llvm-cov export in it: is it a summary alone?") }
    guard let test = TracedTest.name(ofFile: sink.label) else { return sink.problem("its name tells no test") }
    for (name, file) in files.sorted(by: { $0.key < $1.key }) {
      let functions = file.functions.sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
      sink.add(.trace(FileTrace(file: name, tests: file.isExecuted ? [test] : [], functions: functions)))
    }
  }
}

extension ContextsReader {
  /// `[{"files":[…],"functions":[{"name":…,"filenames":[…],"regions":[[…]]}]}]`.
  mutating func readData(into traces: inout LLVMTraces) -> Bool {
    guard json.next() == .beginArray else { return false }
    while goesOn {
      switch json.next() {
      case .endArray: return true
      case .beginObject: guard readExport(into: &traces) else { return false }
      default: return false
      }
    }
    return false
  }

  private mutating func readExport(into traces: inout LLVMTraces) -> Bool {
    while goesOn {
      switch json.next() {
      case .endObject: return true
      case .key where json.string == "functions":
        guard json.next() == .beginArray else { return false }
        guard readFunctions(into: &traces) else { return false }
      case .key: guard skip(json.next()) else { return false }
      default: return false
      }
    }
    return false
  }

  private mutating func readFunctions(into traces: inout LLVMTraces) -> Bool {
    while goesOn {
      switch json.next() {
      case .endArray: return true
      case .beginObject:
        var names: [String] = []
        var regions: [LLVMTraces.Region] = []
        let isRead = fields { (reader, key) in
          switch key {
          case "filenames": return reader.readNames(into: &names)
          case "regions": return reader.readRegions(into: &regions)
          default: return nil
          }
        }
        guard isRead else { return false }
        traces.add(regions, of: names)
      default: return false
      }
    }
    return false
  }

  private mutating func readNames(into names: inout [String]) -> Bool {
    guard json.next() == .beginArray else { return false }
    while true {
      switch json.next() {
      case .endArray: return true
      case .string: names.append(json.string)
      default: return false
      }
    }
  }

  private mutating func readRegions(into regions: inout [LLVMTraces.Region]) -> Bool {
    guard json.next() == .beginArray else { return false }
    while let values = json.numbers() {
      guard let values = values.list else { return true }
      if let region = LLVMTraces.Region(values), regions.count < LLVMCoverageReader.segmentLimit {
        regions.append(region)
      }
    }
    return false
  }
}
