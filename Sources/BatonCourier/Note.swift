import BatonModel
import BatonRuntime
import BatonSystem
import Glibc

/// A file of a run that says what runs elsewhere, written before it does and removed behind it.
struct Note {
  private let file: String
  private let folder: String
  private let value: Value

  init(engine: ContainerEngine, name: String, job: CourierJob) {
    folder = job.place.notes
    file = "\(folder)/\(name).json"
    var environment: [String: Value] = [:]
    for name in ContainerEngine.variables { environment[name] = Courier.variable(name).map { .string($0) } }
    value = [
      "engine": .string(engine.kind.rawValue), "program": .string(engine.program), "name": .string(name),
      "run": .string(job.place.run), "step": .string(job.step), "environment": .map(environment),
    ]
  }

  /// - Throws: `.failure`: what nobody could find again must not be started.
  func write() throws(BatonError) {
    try Disk.make(folder: folder)
    try Disk.replace(file, with: Array(JSON.encode(value).utf8))
  }

  func remove() {
    unlink(file)
    rmdir(folder)
  }
}
