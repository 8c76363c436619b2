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
      name, engine.kind.rawValue, job, ["engine": .string(engine.kind.rawValue), "program": .string(engine.program)],
      variables: ContainerEngine.variables)
  }

  init(_ program: PodProgram, name: String, job: CourierJob) {
    var fields: [String: Value] = ["pod": .string(program.path)]
    fields["context"] = program.context.map { .string($0) }
    fields["namespace"] = program.namespace.map { .string($0) }
    let place = (["pod", program.context ?? ""] + [program.namespace].compactMap(\.self)).joined(separator: "-")
    self.init(name, place, job, fields, variables: PodProgram.variables)
  }

  init(_ host: Elsewhere.Host, name: String, job: CourierJob) {
    var fields: [String: Value] = ["host": .string(host.name)]
    for (key, text) in [
      ("user", host.user), ("port", host.port), ("identity", host.identity), ("config", host.config),
    ] {
      if let text { fields[key] = .string(text) }
    }
    let place = [host.user, host.name, host.port].compactMap(\.self).joined(separator: "-")
    self.init(name, "ssh-\(place)", job, fields, variables: ["HOME", "PATH", "SSH_AUTH_SOCK"])
  }

  /// - Parameter place: where it runs: an alternative elsewhere leaves the note of what may be left here.
  private init(_ name: String, _ place: String, _ job: CourierJob, _ fields: [String: Value], variables: [String]) {
    folder = job.place.notes
    let letters = place.utf8.prefix(100).map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."): byte
      default: UInt8(ascii: "-")
      }
    }
    file = "\(folder)/\(name)-\(String(decoding: letters, as: UTF8.self)).json"
    var environment: [String: Value] = [:]
    for name in variables { environment[name] = Courier.variable(name).map { .string($0) } }
    let own: [String: Value] = [
      "name": .string(name), "run": .string(job.place.run), "step": .string(job.step), "environment": .map(environment),
    ]
    value = .map(fields.merging(own) { $1 })
  }

  /// It is there: of an earlier attempt, whose end is not known.
  var isWritten: Bool { Disk.isFile(file) }

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
