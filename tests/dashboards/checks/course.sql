-- tile: learners
SELECT count(DISTINCT student_id) FROM enrollments WHERE course_id = $course

-- tile: completionRate
SELECT count(*) FILTER (WHERE status = 'COMPLETED') / count(*)
FROM enrollments WHERE course_id = $course

-- tile: avgScore
SELECT sum(score) / count(score) FROM submissions WHERE course_id = $course

-- tile: lateRate
SELECT count(*) FILTER (WHERE is_late) / count(*) FROM submissions WHERE course_id = $course

-- tile: activeByWeek
SELECT occurred_on - (isodow(occurred_on) - 1)::INTEGER AS monday, count(DISTINCT student_id)
FROM activity WHERE course_id = $course
GROUP BY monday

-- tile: funnel
SELECT
  (SELECT count(DISTINCT student_id) FROM enrollments WHERE course_id = $course),
  (SELECT count(DISTINCT student_id) FROM activity WHERE course_id = $course),
  (SELECT count(DISTINCT student_id) FROM submissions WHERE course_id = $course),
  (SELECT count(DISTINCT student_id) FROM enrollments
   WHERE course_id = $course AND outcome IN ('PASS', 'DISTINCTION'))

-- tile: outcomes
SELECT outcome, count(*) FROM enrollments WHERE course_id = $course GROUP BY outcome

-- tile: scores
WITH scored AS (
  SELECT 100 * s.score::DOUBLE / a.max_score::DOUBLE AS pct
  FROM submissions s JOIN assignments a ON a.id = s.assignment_id
  WHERE a.course_id = $course
)
SELECT CASE
    WHEN pct IS NULL THEN NULL
    WHEN pct >= 90 THEN '[90,100]'
    ELSE '[' || floor(pct / 10)::INTEGER * 10 || ',' || (floor(pct / 10)::INTEGER + 1) * 10 || ')'
  END AS bin, count(*)
FROM scored
GROUP BY bin

-- tile: assignments
SELECT a.due_on, a.title, sum(s.score) / nullif(count(s.score), 0)
FROM submissions s JOIN assignments a ON a.id = s.assignment_id
WHERE s.course_id = $course
GROUP BY a.due_on, a.title

-- tile: grades
SELECT a.due_on, a.title, avg(g.points / a.max_score) FILTER (NOT g.is_excused) * 100
FROM grades g JOIN assignments a ON a.id = g.assignment_id
WHERE g.course_id = $course
GROUP BY a.due_on, a.title

-- tile: hardestQuestions
SELECT q.id, q.name, avg(coalesce(a.share::DOUBLE, 0)) AS facility,
  count(*) FILTER (NOT a.is_answered) / count(*)
FROM quiz_answers a
JOIN quiz_attempts t ON t.id = a.attempt_id
JOIN questions q ON q.id = a.question_id
WHERE a.course_id = $course AND t.status = 'GRADED'
GROUP BY q.id, q.name
ORDER BY facility NULLS LAST, q.id
LIMIT 10

-- tile: material
SELECT m.title, sum(a.clicks)
FROM activity a
LEFT JOIN lessons l ON l.id = a.lesson_id
LEFT JOIN modules m ON m.id = l.module_id
WHERE a.course_id = $course
GROUP BY m.title

-- tile: learnerList
WITH work AS (
  SELECT enrollment_id, avg(score) AS score, count(*) AS n,
    count(*) FILTER (WHERE is_late) / count(*) AS late
  FROM submissions GROUP BY enrollment_id
),
used AS (SELECT enrollment_id, sum(clicks) AS clicks FROM activity GROUP BY enrollment_id)
SELECT p.code, p.name, e.status, w.score, coalesce(w.n, 0), w.late, coalesce(u.clicks, 0)
FROM enrollments e
JOIN students p ON p.id = e.student_id
LEFT JOIN work w ON w.enrollment_id = e.id
LEFT JOIN used u ON u.enrollment_id = e.id
WHERE e.course_id = $course
ORDER BY w.score NULLS LAST, p.code, p.name, e.status
LIMIT 50
