import BatonFiles
import BatonModel
import BatonRuntime
import CSystem
import Glibc

/// The files that a source names and that the attempt wrote itself.
enum ResultFiles {
  /// File systems stamp files with the time of the last tick of a coarse clock, some milliseconds ago.
  static let slack = Span(milliseconds: 12)

  struct Found {
    /// As people are told them: relative to the step's folder, or absolute.
    var name: String
    /// Absolute.
    var path: String
  }

  /// - Returns: what was found, sorted by name, and what is wrong.
  static func find(
    _ source: ResultRequest.Source, _ request: ResultRequest
  ) -> (files: [Found], problems: [String]) {
    if source.patterns.isEmpty { return ([Found(name: "its output", path: request.log)], []) }
    let folder = FilePath(request.workingDirectory)
    let matches: GlobSet.Matches
    do throws(GlobError) {
      let set = try GlobSet(source.patterns)
      do throws(FilesError) { matches = try set.matches(in: folder) } catch { return ([], [error.message]) }
    } catch {
      return ([], [error.text])
    }
    var files: [Found] = []
    var stale: [String] = []
    let oldest = request.since.nanoseconds - slack.nanoseconds
    for file in matches.files {
      let path = file.path.resolved(in: folder)
      guard let written = lastWritten(path.text) else { continue }
      if written >= oldest {
        files.append(Found(name: file.path.text, path: path.text))
      } else {
        stale.append(file.path.text)
      }
    }
    files.sort { $0.name < $1.name }
    guard !source.isOptional else { return (files, []) }
    var problems = matches.unmatched.map { pattern in
      request.wasCutOff
        ? "nothing matches \"\(pattern)\": the attempt was ended before it was written"
        : "nothing matches \"\(pattern)\""
    }
    if files.isEmpty, let first = stale.min() {
      problems.append("\(first) is older than the attempt, which has not written it")
    }
    return (files, problems)
  }

  /// Why a source is not there any more as an attempt left it, in its folder; nil where it is. What was written after it ended is
  /// another's.
  static func problem(_ source: ResultRequest.Source, _ request: ResultRequest, endedAt end: Instant) -> String? {
    if source.patterns.isEmpty { return lastWritten(request.log) == nil ? "its output is gone" : nil }
    let (files, problems) = find(source, request)
    if let problem = problems.first { return problem }
    let latest = end.nanoseconds + slack.nanoseconds
    let later = files.first { (lastWritten($0.path) ?? .max) > latest }
    return later.map { "\($0.name) was written after it" }
  }

  /// When a regular file was last written, or put in its place, in nanoseconds since 1970; nil for everything else. A link counts
  /// as the file that it leads to.
  private static func lastWritten(_ path: String) -> Int64? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    func moment(_ time: timespec) -> Int64 { Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec) }
    return max(moment(status.st_mtim), moment(status.st_ctim))
  }
}
