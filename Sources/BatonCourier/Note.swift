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
    self.init(
      name, job, ["engine": .string(engine.kind.rawValue), "program": .string(engine.program)],
      variables: ContainerEngine.variables)
  }

  init(_ program: PodProgram, name: String, job: CourierJob) {
    var fields: [String: Value] = ["pod": .string(program.path)]
    fields["context"] = program.context.map { .string($0) }
    fields["namespace"] = program.namespace.map { .string($0) }
    self.init(name, job, fields, variables: PodProgram.variables)
  }

  init(_ host: Elsewhere.Host, name: String, job: CourierJob) {
    var fields: [String: Value] = ["host": .string(host.name)]
    for (key, text) in [
      ("user", host.user), ("port", host.port), ("identity", host.identity), ("config", host.config),
    ] {
      if let text { fields[key] = .string(text) }
    }
    self.init(name, job, fields, variables: ["HOME", "PATH", "SSH_AUTH_SOCK"])
  }

  private init(_ name: String, _ job: CourierJob, _ fields: [String: Value], variables: [String]) {
    folder = job.place.notes
    file = "\(folder)/\(name).json"
    var environment: [String: Value] = [:]
    for name in variables { environment[name] = Courier.variable(name).map { .string($0) } }
    let own: [String: Value] = [
      "name": .string(name), "run": .string(job.place.run), "step": .string(job.step), "environment": .map(environment),
    ]
    value = .map(fields.merging(own) { $1 })
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
