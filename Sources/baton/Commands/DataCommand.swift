import BatonCommandLine
import BatonConfig
import BatonData
import BatonModel

/// `baton data`.
enum DataCommand {
  private enum Verb: String, CaseIterable {
    case generate, mask, verify, add, list, get, log

    var words: ClosedRange<Int> {
      switch self {
      case .generate, .mask, .get: 1...1
      case .verify, .add: 2...2
      case .list, .log: 0...1
      }
    }

    var usage: String {
      switch self {
      case .generate: "baton data generate SCHEMA.json [--rows N] [--seed N] [-o FILE]"
      case .mask: "baton data mask FILE --rules RULES.json [--key NAME] [-o FILE]"
      case .verify: "baton data verify MASKED ORIGINAL --rules RULES.json [--key NAME]"
      case .add: "baton data add NAME FILE [--parent VERSION] [--note TEXT] [--key NAME]"
      case .list, .log: "baton data \(rawValue) [NAME]"
      case .get: "baton data get NAME[@VERSION] [-o FILE] [--key NAME]"
      }
    }

    var options: [Option] {
      switch self {
      case .generate: [.rows, .seed, .outputFile, .dataFormat, .json]
      case .mask: [.rules, .key, .environment, .outputFile, .dataFormat, .json]
      case .verify: [.rules, .key, .environment, .dataFormat, .json]
      case .add: [.dataParent, .dataNote, .key, .environment, .json]
      case .list, .log: [.json]
      case .get: [.outputFile, .key, .environment, .json]
      }
    }
  }

  static func run(_ context: Context) throws -> Int32 {
    let invocation = context.invocation
    let words = invocation.arguments
    guard let verb = Verb(rawValue: words[0]) else {
      let known = Verb.allCases.map(\.rawValue)
      throw BatonError(
        .usage, "baton data has no \"\(words[0])\"",
        cure: Names.proposal(for: words[0], in: known) ?? "known are \(known.joined(separator: ", "))")
    }
    guard verb.words.contains(words.count - 1) else {
      throw BatonError(
        .usage, "baton data \(verb) does not take \(words.count - 1) words", cure: "usage: \(verb.usage)")
    }
    for option in Subcommand.named(.data).options where invocation.has(option) && !verb.options.contains(option) {
      throw BatonError(.usage, "--\(option.name) does not belong to baton data \(verb)", cure: "usage: \(verb.usage)")
    }
    switch verb {
    case .generate: return try generate(words[1], context)
    case .mask: return try mask(words[1], context)
    case .verify: return try verify(words[1], words[2], context)
    case .add: return try DatasetCommands.add(words[1], words[2], context)
    case .list: return try DatasetCommands.list(words.dropFirst().first, context)
    case .get: return try DatasetCommands.get(words[1], context)
    case .log: return try DatasetCommands.log(words.dropFirst().first, context)
    }
  }

  private static func format(_ path: String, _ invocation: Invocation, standard: DataFormat?) throws(BatonError)
    -> DataFormat
  {
    if let word = invocation.value(.dataFormat), let format = DataFormat(rawValue: word) { return format }
    if let format = DataFormat(path: path) ?? standard { return format }
    throw BatonError(.usage, "the name \(path) does not tell how it is written", cure: "--format csv, jsonl or sql")
  }

  /// A schema or rules; `-` is standard input.
  private static func document(_ file: String) throws(BatonError) -> [UInt8] {
    try File.read(file == "-" ? "/dev/stdin" : file)
  }

  // MARK: Generating

  private static func generate(_ file: String, _ context: Context) throws -> Int32 {
    let invocation = context.invocation
    let schema = try RecordSchema(json: try document(file), file: file)
    guard let rows = try invocation.integer(.rows) ?? schema.rows else {
      throw BatonError(
        .usage, "\(file) does not say how many \"rows\"", cure: "baton data generate \(file) --rows 1000")
    }
    let word = invocation.value(.seed) ?? "1"
    guard let seed = UInt64(word) else {
      throw BatonError(.usage, "--seed must be a whole number of at least 0, not \"\(word)\"")
    }
    let target = invocation.value(.outputFile) ?? "-"
    let form = try format(target, invocation, standard: .csv)
    try Generator(schema, seed: seed).write(
      form, rows: rows, to: try ByteSink(target), separator: MaskRun.separator(of: target))
    if target != "-" {
      tell(
        ["file": .string(target), "rows": .integer(Int64(rows)), "seed": .integer(Int64(clamping: seed))],
        "made \(rows) records in \(target)", context)
    }
    return 0
  }

  private static func tell(_ fields: [String: Value], _ text: String, _ context: Context) {
    if context.invocation.has(.json) {
      context.console.out(JSON.encodePretty(.map(fields)) + "\n")
    } else {
      context.console.note(text)
    }
  }

  // MARK: Masking

  private static func rules(_ invocation: Invocation, _ usage: String) throws -> (MaskRules, MaskKey) {
    guard let file = invocation.value(.rules) else {
      throw BatonError(.usage, "--rules has to say what is done with each column", cure: "usage: \(usage)")
    }
    let rules = try MaskRules(json: try document(file), file: file)
    return (rules, try key(invocation, standard: "MASK_KEY", of: "pseudonyms", try Project.configured()))
  }

  /// The key that a secret of the project is.
  static func key(_ invocation: Invocation, standard: String, of what: String, _ project: Project) throws -> MaskKey {
    let name = invocation.value(.key) ?? standard
    guard let secret = project.secrets[name] else {
      throw BatonError(
        .usage, "the secret \"\(name)\", the key of \(what), is not set",
        cure: "head -c 32 /dev/urandom | base64 | baton secret set \(name)\n  " + project.secrets.cure(for: name))
    }
    return try MaskKey(secret)
  }

  private static func mask(_ file: String, _ context: Context) throws -> Int32 {
    let invocation = context.invocation
    let (rules, key) = try rules(invocation, Verb.mask.usage)
    let target = invocation.value(.outputFile) ?? "-"
    if target == "-", invocation.has(.json) {
      throw BatonError(.usage, "--json and the records would both go to standard output", cure: "-o FILE")
    }
    if target != "-", let real = File.real(target), real == File.real(file) {
      throw BatonError(.usage, "\(target) is the original itself", cure: "-o another file")
    }
    let form = try format(file, invocation, standard: nil)
    let summary = try MaskRun(rules, key: key).run(
      form, from: try ByteSource(file), to: try ByteSink(target), separator: MaskRun.separator(of: file))
    if target != "-" || invocation.has(.json) {
      tell(
        [
          "file": .string(target), "rows": .integer(Int64(summary.rows)), "values": .integer(Int64(summary.masked)),
          "bytes": .integer(Int64(summary.bytes)),
        ], "masked \(summary.masked) values in \(summary.rows) rows: \(target)", context)
    }
    return 0
  }

  // MARK: Proving

  private static func verify(_ masked: String, _ original: String, _ context: Context) throws -> Int32 {
    let invocation = context.invocation
    let (rules, key) = try rules(invocation, Verb.verify.usage)
    let form = try format(original, invocation, standard: nil)
    for file in [masked, original] where file == "-" {
      throw BatonError(.usage, "baton data verify reads files, the original twice: standard input is none")
    }
    let scan = LeakScan(rules, key: key)
    func source() throws(BatonError) -> ByteSource { try ByteSource(original) }
    let copy = try ByteSource(masked)
    let result =
      switch form {
      case .csv: try scan.csv(original: source, masked: copy, separator: MaskRun.separator(of: original))
      case .jsonl: try scan.jsonl(original: source, masked: copy)
      case .sql: try scan.sql(original: source, masked: copy)
      }
    if invocation.has(.json) {
      context.console.out(JSON.encodePretty(json(result, masked)) + "\n")
      return result.isClean ? 0 : 1
    }
    for finding in result.findings {
      context.console.message("\(masked):\(finding.line): error: column \"\(finding.column)\" \(text(finding))")
    }
    if result.count > result.findings.count {
      context.console.message("… and \(result.count - result.findings.count) more")
    }
    context.console.note(
      "\(result.rows) rows, \(result.cells) cells, \(result.values) original values looked for: "
        + (result.isClean ? "nothing of them is left" : "\(result.count) findings"))
    return result.isClean ? 0 : 1
  }

  private static func text(_ finding: LeakScan.Finding) -> String {
    switch finding.kind {
    case .unchanged: "has the original's value"
    case .foreign: "is not what the key makes of the original: masked otherwise, or altered"
    case .leak: "has an original value of \"\(finding.from)\" in it"
    case .encoded: "has an original value of \"\(finding.from)\" in it, encoded"
    }
  }

  private static func json(_ result: LeakScan.Result, _ file: String) -> Value {
    [
      "clean": .bool(result.isClean), "rows": .integer(Int64(result.rows)), "cells": .integer(Int64(result.cells)),
      "values": .integer(Int64(result.values)), "count": .integer(Int64(result.count)),
      "findings": .list(
        result.findings.map {
          [
            "kind": .string($0.kind.rawValue), "file": .string(file), "line": .integer(Int64($0.line)),
            "column": .string($0.column), "from": .string($0.from),
          ]
        }),
    ]
  }
}
