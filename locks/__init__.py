"""The lock files, and what makes and reads them.

`requirements*.txt` are for people: what the course needs directly, pinned. Each `.txt` here is made
of them by `make lock` (`__main__`) and is what `make` installs: every package, direct or not, at
one version and with the hashes of its files, so that pip refuses a file that has changed.

- `torch.txt`, `torch-cpu.txt`: PyTorch, its default build and its CPU build (`torch`)
- `site.txt`: what else the site needs
- `cuda.txt`: what only the default build of PyTorch needs, on Linux (`cuda`)
- `test.txt`: what tests and checks need besides
- `data.txt`: packages that carry data, installed without their dependencies
- `uv.txt`: the resolver, which only `make lock` needs
"""
