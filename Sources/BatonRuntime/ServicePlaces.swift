import BatonModel

/// Where services of a run live: the ports that are theirs, and the folders for what they keep. Used on the engine's thread.
public protocol ServicePlaces: AnyObject {
  /// Ports of the loopback interface that no other run has, one for each name; the same as before where that can be.
  ///
  /// - Parameters:
  ///   - names: of the service's ports.
  ///   - before: what it had; these are free, or its own.
  func ports(_ names: [String], of service: String, before: [String: Int]) throws(BatonError) -> [String: Int]
  /// The folder of a service, absolute; made where it is not there. What is in it stays until the run has succeeded.
  func folder(of service: String) throws(BatonError) -> String
  /// The run has succeeded: nothing is kept.
  ///
  /// - Parameter ports: all that it had, under drivers before this one too.
  func clear(ports: [Int])
}

/// For runs without services.
public final class NoPlaces: ServicePlaces {
  public init() {}

  public func ports(_ names: [String], of service: String, before: [String: Int]) throws(BatonError) -> [String: Int] {
    throw BatonError(.failure, "there are no ports to be had here")
  }

  public func folder(of service: String) throws(BatonError) -> String {
    throw BatonError(.failure, "there are no folders for services here")
  }

  public func clear(ports: [Int]) {}
}
