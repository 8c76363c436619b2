import BatonRuntime
import BatonSystem

extension CourierJob {
  /// The attempt runs what its image or its manifest says.
  var isOwn: Bool { arguments.isEmpty }

  /// The ports of this machine at which its service is to be found.
  var ports: [String] { environment.filter { $0.key.hasPrefix("BATON_PORT_") }.values.sorted() }

  /// Why an attempt cannot begin that finds folders of this machine under their own paths: its folder is one of them, and is not
  /// there. Any other may be one of its image, and a program of the image's own begins where that says.
  var missingFolder: String? {
    let isShared = place.folders.contains { folder == $0 || folder.hasPrefix($0 + "/") }
    guard let program = arguments.first, isShared, !Disk.isFolder(folder) else { return nil }
    return "cannot run \"\(program)\" in \"\(folder)\": no such folder"
  }
}

extension Elsewhere {
  /// Bytes that the attempt may use, where it is held to them.
  var memory: Int64? {
    switch target {
    case .container(let container): container.memory
    case .pod(let pod): pod.memory
    case .ssh: nil
    }
  }
}
