import BatonFiles
import BatonModel
import BatonRuntime
import BatonSystem
import CSystem
import Glibc

/// Which files go to another host, and which come back.
enum SSHFiles {
  /// The names of the declared inputs, each ended by a zero byte; relative to the folder.
  ///
  /// - Throws: `.usage` where one lies outside of it, or a glob is malformed.
  static func inputs(of host: Elsewhere.Host, in folder: String) throws(BatonError) -> [UInt8] {
    let set: GlobSet
    let found: [FoundFile]
    do throws(GlobError) { set = try GlobSet(host.inputs) } catch { throw BatonError(.usage, error.text) }
    do throws(FilesError) { found = try set.matches(in: FilePath(folder)).files } catch {
      throw BatonError(.failure, error.message)
    }
    var names: [UInt8] = []
    for file in found {
      let path = file.path.bytes
      guard path.first != UInt8(ascii: "/"), !path.starts(with: "../".utf8) else {
        throw BatonError(
          .usage, "the input \(file.path.text) lies outside of the step's folder, and is not sent to \(host.text)",
          cure: "let cwd be a folder that has all of its inputs")
      }
      names += path + [0]
    }
    return names
  }

  /// What comes back: declared outputs, and the results that this attempt has written. A report of an earlier one, which a folder of
  /// the host may still have, says nothing of it.
  ///
  /// - Parameters:
  ///   - listed: all that `find .` lists there; `fresh`: what was written since the attempt began.
  static func wanted(
    of host: Elsewhere.Host, _ listed: String, fresh: String, in folder: String
  ) throws(BatonError) -> [String] {
    let reports = Set(host.results.isEmpty ? [] : try matching(host.results, listed, in: folder))
    let written = host.results.isEmpty ? [] : try matching(host.results, fresh, in: folder)
    return try matching(host.outputs, listed, in: folder).filter { !reports.contains($0) } + written
  }

  /// Those of the names that `find .` lists which the patterns mean.
  private static func matching(_ patterns: [String], _ listed: String, in folder: String) throws(BatonError) -> [String]
  {
    let set: GlobSet
    do throws(GlobError) { set = try GlobSet(patterns) } catch { throw BatonError(.usage, error.text) }
    let base = FilePath(folder)
    return listed.split(separator: "\n").compactMap { line in
      let name = line.hasPrefix("./") ? String(line.dropFirst(2)) : String(line)
      return set.contains(FilePath("\(folder)/\(name)"), in: base) ? name : nil
    }
  }
}

/// A folder that is removed again.
struct TemporaryFolder {
  let path: String

  init(beside job: CourierJob, _ suffix: String = "files") throws(BatonError) {
    path = (Courier.variable("BATON_OUTPUT") ?? "/tmp/baton-courier-\(getpid())") + ".\(suffix)"
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Disk.failure("make the folder", path) }
  }

  func remove() { Disk.remove(path) }
}

/// What the host's side of an attempt is handed: its script, its input, its lists of tests.
struct Handed {
  private let place: TemporaryFolder
  var folder: String { place.path }

  init(_ job: CourierJob, name: String, mark: String, folder: String?, makesFolder: Bool) throws(BatonError) {
    place = try TemporaryFolder(beside: job)
    var job = job
    let lists = [("tests", Courier.variable("BATON_TESTS")), ("failed", job.environment["BATON_FAILED_TESTS"])]
    job.environment["BATON_FAILED_TESTS"] = nil
    for (file, path) in lists {
      if let path, let bytes = Disk.read(path) { try Disk.write(bytes, to: "\(place.path)/\(file)") }
    }
    if let input = job.input { try Disk.write(Array(input.utf8), to: "\(place.path)/input") }
    if let token = Courier.variable("BATON_ATTEMPT") { job.environment["BATON_ATTEMPT"] = token }
    let script = SSHScript.step(
      job, name: name, owner: ContainerCommand.name(run: job.place.run, step: job.step), mark: mark, folder: folder,
      makesFolder: makesFolder, graceSeconds: max(1, job.place.grace.milliseconds / 1000))
    try Disk.write(Array(script.utf8), to: "\(place.path)/run")
    try Disk.write(Array(SSHScript.environment(job).utf8), to: "\(place.path)/environment")
  }

  func remove() { place.remove() }
}
