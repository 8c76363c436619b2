import BatonCommandLine
import BatonCore
import BatonModel
import BatonReport
import BatonRuntime
import Glibc

/// `baton report`.
enum ReportCommand {
  enum Format: String { case html, md, json, junit, pdf }

  static func run(_ context: Context) throws -> Int32 {
    let format = context.invocation.value(.reportFormat).flatMap(Format.init) ?? .html
    let project = try Project.find()
    let store = try Backend.database(of: project)
    let run = try RunChoice(store: store).run(context.invocation.arguments.first)
    // Before the work: without the program there is nothing to do.
    let limit = try WeasyPrint.limit(context.invocation, format)
    let program = format == .pdf ? try WeasyPrint.find() : ""
    let target = target(context, format, project.folder.run(run.id).path, run.id)
    var source = ReportSource(project: project, store: store)
    if let target {
      guard let folder = File.real(File.folder(of: target)) else {
        throw BatonError(
          .usage, "there is no folder \(File.folder(of: target)) for the report",
          cure: "make it, or name another with -o")
      }
      source.linkFolder = folder
    }
    source.drift = { ServiceDrifts.find($0, project, store) }
    let data = try source.data(of: run)
    let bytes: [UInt8]
    switch format {
    case .html: bytes = HTMLReport(data).bytes
    case .md: bytes = Array(MarkdownReport(data).text.utf8)
    case .json: bytes = Array((JSON.encodePretty(JSONReport.value(data)) + "\n").utf8)
    case .junit: bytes = Array(JUnitReport(data).text.utf8)
    case .pdf: bytes = try WeasyPrint.pdf(HTMLReport(data, for: .paper).bytes, program, limit)
    }
    guard let target else {
      context.console.out(bytes)
      return 0
    }
    try File.write(bytes, to: target, replacing: true)
    if context.invocation.has(.outputFile) {
      context.console.note("wrote \(target)")
    } else {
      context.console.out("\(target)\n")
    }
    return 0
  }

  /// The file that is written; nil: standard output. A page and a PDF are for other programs than a terminal: without `-o` they
  /// lie in the run's folder, where their links to artifacts lead somewhere.
  private static func target(_ context: Context, _ format: Format, _ folder: String, _ run: String) -> String? {
    if let file = context.invocation.value(.outputFile) { return file == "-" ? nil : file }
    switch format {
    case .md, .json, .junit: return nil
    case .html, .pdf:
      mkdir(folder, 0o755)
      return "\(folder)/report.\(format.rawValue)"
    }
  }
}

/// The `weasyprint` program, which makes pages of HTML.
enum WeasyPrint {
  static func find() throws(BatonError) -> String {
    guard let program = Tool.find("weasyprint") else {
      throw BatonError(
        .usage, "--format pdf needs WeasyPrint: there is no program weasyprint",
        cure: "install it (Debian: apt-get install weasyprint), or use --format html and print it from a browser")
    }
    return program
  }

  /// `--timeout`: how long it may take.
  static func limit(_ invocation: Invocation, _ format: ReportCommand.Format) throws(BatonError) -> Span {
    guard let text = invocation.value(.pdfTimeout) else { return Span(seconds: 300) }
    guard format == .pdf else {
      throw BatonError(
        .usage, "--timeout is for --format pdf: Baton writes the others itself, at once", cure: "leave it out")
    }
    guard let limit = Span(text), limit > .zero else {
      throw BatonError(.usage, "--timeout is a length of time, such as 90s or 10m, not \"\(text)\"")
    }
    return limit
  }

  static func pdf(_ html: [UInt8], _ program: String, _ limit: Span) throws(BatonError) -> [UInt8] {
    let arguments = ["weasyprint", "--quiet", "--media-type", "print", "--encoding", "utf-8", "-", "-"]
    guard let (output, status) = try Tool.filter(program, arguments, input: html, limit: limit) else {
      throw BatonError(
        .failure, "weasyprint was ended: it has not made the PDF within \(limit.text)",
        cure: "give it more with --timeout 30m, or use --format html and print it from a browser")
    }
    guard status == 0, output.starts(with: Array("%PDF".utf8)) else {
      throw BatonError(.failure, "weasyprint failed with exit code \(status)", cure: "its message stands above")
    }
    return output
  }
}
