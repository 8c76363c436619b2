import BatonFiles
import BatonModel
import BatonRuntime

/// The files that a source names and that the attempt wrote itself.
enum ResultFiles {
  /// File systems stamp files with the time of the last tick of a coarse clock, some milliseconds ago.
  static let slack = Span(milliseconds: 12)

  struct Found {
    /// As people are told them: relative to the step's folder, or absolute.
    var name: String
    /// Absolute.
    var path: String
    /// nil: the step's output.
    var mark: WrittenFile?
  }

  struct Search {
    /// Sorted by name.
    var files: [Found] = []
    /// What is wrong.
    var problems: [String] = []
    /// Why a part of what the attempt reported is not among the files; nil: all of it is, as far as anyone can tell.
    var gap: String?
  }

  static func find(
    _ source: ResultRequest.Source, _ request: ResultRequest, _ claims: ResultClaims = ResultClaims()
  ) -> Search {
    if source.patterns.isEmpty { return Search(files: [Found(name: "its output", path: request.log)]) }
    let folder = FilePath(request.workingDirectory)
    let matches: GlobSet.Matches
    do throws(GlobError) {
      let set = try GlobSet(source.patterns)
      do throws(FilesError) { matches = try set.matches(in: folder) } catch { return Search(problems: [error.message]) }
    } catch {
      return Search(problems: [error.text])
    }
    var shared = SharedFiles(request, claims)
    var search = Search()
    var stale: [String] = []
    var foreign: [(name: String, step: String)] = []
    var doubtful: [(name: String, step: String)] = []
    let oldest = request.since.nanoseconds - slack.nanoseconds
    for file in matches.files {
      let path = file.path.resolved(in: folder)
      guard let mark = WrittenFile(path.text) else { continue }
      guard mark.written >= oldest else {
        stale.append(file.path.text)
        continue
      }
      switch shared.owner(of: mark, at: path, patterns: source.patterns) {
      case .own: search.files.append(Found(name: file.path.text, path: path.text, mark: mark))
      case .other(let step): foreign.append((file.path.text, step))
      case .doubtful(let step): doubtful.append((file.path.text, step))
      }
    }
    search.files.sort { $0.name < $1.name }
    if !doubtful.isEmpty {
      doubtful.sort { $0.name < $1.name }
      let problem = SharedFiles.problem(doubtful.map(\.name), doubtful.map(\.step), step: request.step)
      search.problems.append(problem)
      search.gap = problem
    }
    guard !source.isOptional else { return search }
    let known = search.problems.count
    search.problems += matches.unmatched.map { pattern in
      request.wasCutOff
        ? "nothing matches \"\(pattern)\": the attempt was ended before it was written"
        : "nothing matches \"\(pattern)\""
    }
    if search.files.isEmpty, doubtful.isEmpty {
      if let first = foreign.min(by: { $0.name < $1.name }) {
        search.problems.append("\(first.name) is of \(first.step): the attempt has not written it")
      } else if let first = stale.min() {
        search.problems.append("\(first) is older than the attempt, which has not written it")
      }
    }
    if search.gap == nil, search.problems.count > known { search.gap = label(source.reader) + search.problems[known] }
    return search
  }

  private static func label(_ reader: ResultSource.Reader) -> String {
    if case .format(let format) = reader { "\(format.rawValue): " } else { "" }
  }

  /// Why a source is not there any more as an attempt left it, in its folder; nil where it is. What was written after it ended is
  /// another's.
  static func problem(_ source: ResultRequest.Source, _ request: ResultRequest, endedAt end: Instant) -> String? {
    if source.patterns.isEmpty { return WrittenFile(request.log) == nil ? "its output is gone" : nil }
    let search = find(source, request)
    if let problem = search.problems.first { return problem }
    let latest = end.nanoseconds + slack.nanoseconds
    let later = search.files.first { ($0.mark?.written ?? .max) > latest }
    return later.map { "\($0.name) was written after it" }
  }
}
