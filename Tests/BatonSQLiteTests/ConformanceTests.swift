import BatonRuntime
import BatonSQLite
import BatonTestKit
import Testing

@Suite struct StoreConformance {
  @Test("The SQLite store keeps its port's word", arguments: StoreCheck.all)
  func sqlite(_ check: StoreCheck) throws {
    let project = TemporaryProject()
    try check(project.store())
  }

  @Test("The memory store keeps its port's word", arguments: StoreCheck.all)
  func memory(_ check: StoreCheck) throws { try check(MemoryStore()) }
}
