import BatonCore
import BatonModel
import BatonReport
import BatonRuntime
import CSystem
import Glibc

/// What a continuous integration service is told when a run is over: failed tests as annotations, and the report as the
/// summary of the job.
enum JobReport {
  /// Nothing of it can fail the run: what goes wrong is a warning.
  static func tell(_ run: String, of project: Project, _ store: any Store & TestHistory, _ reporting: Reporting) {
    guard reporting.form == .github || reporting.form == .gitlab else { return }
    do throws(BatonError) {
      guard let summary = try store.runs(limit: nil).first(where: { $0.id == run }) else { return }
      let data = try ReportSource(project: project, store: store).data(of: summary)
      if reporting.form == .gitlab {
        reporting.console.message(Array(FailureAnnotations.gitlab(data).utf8))
        return
      }
      reporting.console.message(Array(FailureAnnotations.github(data).utf8))
      if let file = Environment["GITHUB_STEP_SUMMARY"], !file.isEmpty {
        try append(MarkdownReport(data).text + "\n", to: file)
      }
    } catch {
      reporting.console.message("warning: the service is not told of the run's results: \(error.message)")
    }
  }

  private static func append(_ text: String, to path: String) throws(BatonError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw BatonError(.usage, "cannot write \(path): \(File.message(errno))") }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard baton_write_all(descriptor, bytes, bytes.count) else {
      throw BatonError(.usage, "cannot write \(path): \(File.message(errno))")
    }
  }
}
