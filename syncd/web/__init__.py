"""The pages of `syncd serve`: small, strict, without script; routes stand in files by subject."""
