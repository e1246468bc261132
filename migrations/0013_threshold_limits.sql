-- The limits of a threshold, as of ANOMALY_THRESHOLD. The API enforced them, statements by hand did
-- not. Rows that are there already are not checked.

ALTER TABLE sensitivity DROP CONSTRAINT IF EXISTS sensitivity_threshold_check;
ALTER TABLE sensitivity ADD CONSTRAINT sensitivity_threshold_check
  CHECK (threshold BETWEEN 0.1 AND 1000) NOT VALID;
