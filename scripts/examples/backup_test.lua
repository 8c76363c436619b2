-- baton test backup_test.lua

mocks { steps = { pack = { out = { archive = "build/backup/20260131.tar.gz" }, duration = "4m" } } }

describe("backup", function()
  it("rotates only what was verified", function()
    local run = simulate {}
    assert.equal("succeeded", run.status)
    assert.same({ "pack", "verify", "rotate" }, run.order)
    assert.equal("skipped", run.steps.note.status)
    assert.matches("^tar %-tzf build/backup/20260131%.tar%.gz", run.steps.verify.command)
  end)

  it("leaves a note, and every archive, when one cannot be read", function()
    local run = simulate { steps = { verify = 2 } }
    assert.equal("failed", run.status)
    assert.equal("skipped", run.steps.rotate.status)
    assert.equal("succeeded", run.steps.note.status)
  end)

  it("gives up after two hours", function()
    local run = simulate { steps = { pack = { timeout = true } } }
    assert.equal(7200, run.steps.pack.finished)
    assert.equal("timed out", run.steps.pack.reason)
  end)

  it("takes its folders from the parameters", function()
    local run = simulate { params = { folder = "/etc", target = "/var/backups/etc", keep = 14 } }
    assert.same({ FOLDER = "/etc", TARGET = "/var/backups/etc", KEEP = "14" }, run.steps.pack.env)
  end)

  it("keeps at least one archive", function()
    assert.error_matches(function() simulate { params = { keep = 0 } } end, "keep")
  end)
end)
