/**
 * Reads the `artifacts.lock.json` that `s-infra wheel build` writes, and gives the files in it that were built for one
 * target. A plan builds nothing: it refuses a lock that is older than its source, and a file that isn't the lock's.
 */

locals {
  folder = dirname(var.lock_file)

  builds = {
    for build in jsondecode(file(var.lock_file)).builds : build.source => build
    if build.target == var.target && (var.source_path == null ? true : abspath("${local.folder}/${build.source}") == abspath(var.source_path))
  }

  # The helper's own hash of a source, worked out again from what lies there now (s_infra/packaging/sources.py).
  hashes = {
    for source, build in local.builds : source => build.kind == "requirements" ? try(filesha256("${local.folder}/${source}"), "") : sha256(join("\n", [
      for file in sort(fileset("${local.folder}/${source}", "**")) : "${file} ${filesha256("${local.folder}/${source}/${file}")}"
      if !can(regex("(^|/)(__pycache__|build|dist|[^/]+\\.egg-info|\\.[^/]+)/", file)) && !endswith(file, ".pyc")
    ]))
  }
  stale = [for source, build in local.builds : source if local.hashes[source] != build.sha256]

  artifacts = flatten([
    for build in values(local.builds) : [
      for artifact in build.artifacts : merge(artifact, { path = "${local.folder}/${artifact.file}" })
    ]
  ])
  damaged = [for artifact in local.artifacts : artifact.file if try(filesha256(artifact.path), "") != artifact.sha256]
}
