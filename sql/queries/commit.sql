-- Only a plain COMMIT without a warning counts.
commit
