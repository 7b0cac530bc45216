-- tile: complianceRate
SELECT sum((status = 'MET')::INT) / sum((status <> 'WAIVED')::INT) FROM compliance

-- tile: overdueRequirements
SELECT title, sum((status = 'OVERDUE')::INT) FROM compliance GROUP BY title

-- tile: dueByMonth
SELECT date_trunc('month', due_on)::DATE, status, count(*) FROM compliance GROUP BY ALL

-- tile: presence
SELECT date_trunc('week', held_on)::DATE, count(*) FILTER (WHERE status = 'PRESENT') / count(*)
FROM attendance GROUP BY ALL

-- tile: certificates
SELECT count(*), sum((status = 'EXPIRED')::INT), sum((status = 'REVOKED')::INT) FROM certificates

-- tile: pastDue
SELECT count(*) FROM assignments
WHERE due_on < CAST($today AS DATE) - 1
  AND id NOT IN (SELECT assignment_id FROM submissions)

-- tile: lateRate
SELECT count(*) FILTER (WHERE is_late) / count(*) FROM submissions

-- tile: unscored
SELECT count(*) - count(score) FROM submissions

-- tile: neverActive
SELECT count(*) FROM enrollments
WHERE id NOT IN (SELECT enrollment_id FROM activity)

-- tile: lateByCourse
SELECT c.code, count(*) FILTER (WHERE s.is_late) / count(*)
FROM submissions s LEFT JOIN courses c ON c.id = s.course_id
GROUP BY c.code

-- tile: neverActiveByCourse
SELECT c.code, count(*)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id
WHERE NOT EXISTS (SELECT 1 FROM activity a WHERE a.enrollment_id = e.id)
GROUP BY c.code

-- tile: pastDueList
SELECT c.code, a.title, a.kind, a.due_on
FROM assignments a JOIN courses c ON c.id = a.course_id
WHERE a.due_on < CAST($today AS DATE) - 1
  AND NOT EXISTS (SELECT 1 FROM submissions s WHERE s.assignment_id = a.id)
ORDER BY a.due_on, a.id
LIMIT 50
